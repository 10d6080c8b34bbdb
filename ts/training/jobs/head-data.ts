import {join} from 'node:path';
import {z} from 'zod';
import type {FloatTensor} from '../../binding/contract.js';
import {SynoodError} from '../../binding/errors.js';
import {hashFile, hashJson} from '../../data/files/canonical-hash.js';
import {Clip} from '../../models/clip.js';
import {readSafetensors} from '../../models/weights/safetensors.js';
import {encodeLabelled, floats, type Labelled, readLabelled} from '../samples/features.js';
import {imagesHash} from '../samples/images-hash.js';
import {labelledImages, readableName} from '../samples/labelled-images.js';
import {checkLabels} from '../samples/source.js';
import {at, expectOne, type JobContext, type LeftOut} from './job.js';
import {count, path} from './settings.js';

/** Where a head on CLIP's features learns from: features that are there, or images that are encoded once. */
export const headDataShape = {
  features: path
    .optional()
    .describe(
      'a safetensors file of features (N, D), labels (N) and labelFeatures (K, D); a label is a row of the latter',
    ),
  classes: count
    .optional()
    .describe(
      'with features: how many of the labels are classes, the first ones; the others are negative labels',
    ),
  images: z
    .strictObject({
      clip: path.describe('a CLIP folder'),
      classes: path.describe('in-distribution images, a folder for each class'),
      negatives: path.optional().describe('synthetic images, a folder for each negative label'),
      template: z.string().default('the nice {}').describe('prompt of a label'),
      bank: path.optional().describe('a feature bank; default: features/ in the output folder'),
    })
    .optional(),
  emptyClasses: z.enum(['refuse', 'allow']).default('refuse').describe('labels without any sample'),
};

type Settings = z.output<z.ZodObject<typeof headDataShape>>;

export interface HeadData extends Labelled {
  /** (K, D): of the classes, then of the negative labels */
  labelFeatures: FloatTensor;
  names: string[];
  classes: number;
  logitScale?: number;
  leftOut: LeftOut[];
  fingerprint: string;
}

async function fromFile(file: string, classes: number | undefined): Promise<HeadData> {
  const labelled = await readLabelled(file);
  const {tensors} = await readSafetensors(file);
  const labelFeatures = floats(tensors, 'labelFeatures', file);
  const [labels, width] = labelFeatures.shape as [number, number];
  if (labelled.features.shape[1] !== width) {
    throw new SynoodError(
      'ERR_SHAPE',
      `Expected features and labelFeatures of the same width in ${file}, got ${labelled.features.shape[1]} and ${width}.`,
    );
  }
  if (classes !== undefined && classes > labels) {
    throw new SynoodError('ERR_CONFIG', `"classes" is ${classes}; ${file} has ${labels} labels.`);
  }
  const names = Array.from({length: labels}, (_, label) => `label ${label}`);
  const fingerprint = await hashFile(file);
  return {...labelled, labelFeatures, names, classes: classes ?? labels, leftOut: [], fingerprint};
}

async function fromImages(
  images: NonNullable<Settings['images']>,
  out: string,
  context: JobContext,
): Promise<HeadData> {
  using clip = await Clip.load(context.engine, at(context, images.clip));
  const known = await labelledImages(at(context, images.classes));
  const negative =
    images.negatives === undefined ? undefined : await labelledImages(at(context, images.negatives));
  const folders = [...known.classes, ...(negative?.classes ?? [])];
  const offset = known.classes.length;
  const items = [
    ...known.items.map(({path: file, className}) => ({path: file, label: known.classes.indexOf(className)})),
    ...(negative?.items ?? []).map(({path: file, className}) => ({
      path: file,
      label: offset + negative!.classes.indexOf(className),
    })),
  ];
  const bank = images.bank === undefined ? join(out, 'features') : at(context, images.bank);
  const encoded = await encodeLabelled(clip, items, bank, context);
  const hash = await imagesHash(
    items.map(({path: file}) => file),
    context.signal,
  );
  const prompts = folders.map((name) => images.template.replaceAll('{}', readableName(name)));
  const labelFeatures = await clip.encodeText(prompts, {signal: context.signal});
  return {
    ...encoded,
    labelFeatures,
    names: folders.map(readableName),
    classes: offset,
    logitScale: await clip.logitScale(),
    leftOut: [...known.leftOut, ...(negative?.leftOut ?? []), ...encoded.leftOut],
    fingerprint: hashJson({clip: await clip.fingerprint(), prompts, labels: encoded.labels, images: hash}),
  };
}

/** @throws SynoodError ERR_CONFIG, ERR_SHAPE, ERR_VALUE naming what does not fit */
export async function headData(settings: Settings & {out: string}, context: JobContext): Promise<HeadData> {
  const {features, images, classes, emptyClasses} = settings;
  expectOne({features, images});
  const data =
    features !== undefined
      ? await fromFile(at(context, features), classes)
      : await fromImages(images!, at(context, settings.out), context);
  checkLabels(data.labels, data.names, emptyClasses === 'allow');
  return data;
}
