import {join} from 'node:path';
import {z} from 'zod';
import type {FloatTensor, NamedTensor, PromptSpec, Tensor} from '../../binding/contract.js';
import {SynoodError} from '../../binding/errors.js';
import {hashJson} from '../../data/files/canonical-hash.js';
import {Clip} from '../../models/clip.js';
import type {Tokenizer} from '../../models/tokenizer.js';
import {writeSafetensors} from '../../models/weights/safetensors.js';
import type {FitResult} from '../fit.js';
import {encodeLabelled} from '../samples/features.js';
import {imagesHash} from '../samples/images-hash.js';
import {labelledImages, readableName} from '../samples/labelled-images.js';
import {checkLabels, integers, memorySource} from '../samples/source.js';
import {Trainer} from '../trainer.js';
import {at, type JobContext, runFit, type TrainingJob} from './job.js';
import {commonShape, count, optimizerSchema, path, trainerOptions} from './settings.js';

const common = commonShape({
  epochs: 100,
  batchSize: 32,
  optimizer: {kind: 'adam', learningRate: 2e-3},
});

const schema = z.strictObject({
  ...common,
  clip: path.describe('a CLIP folder; it stays as it is'),
  images: path.describe('in-distribution images, a folder for each class'),
  bank: path.optional().describe('a feature bank; default: features/ in the output folder'),
  contexts: count.default(3).describe('negative contexts of each class'),
  contextLength: count.default(16).describe('tokens of a context'),
  optimizer: common.optimizer.describe('of the negative contexts'),
  positive: z
    .strictObject({
      epochs: count.default(50),
      optimizer: optimizerSchema({kind: 'sgd', learningRate: 1e-3, momentum: 0.9, weightDecay: 5e-4}),
    })
    .prefault({})
    .describe('of the context that all classes share'),
  doubleSoftmax: z
    .boolean()
    .default(false)
    .describe("the cross-entropy of probabilities, as the authors' code takes it"),
});

/** (C, L): start, places for the context, the class's words and a full stop, end; no longer than the longest. */
export function promptIds(
  tokenizer: Tokenizer,
  names: readonly string[],
  length: number,
): Tensor<BigInt64Array> {
  const {ids, shape} = tokenizer.encode(
    names.map((name) => `${name}.`),
    {pad: false},
  );
  const own = shape[1];
  const all = own + length;
  if (all > tokenizer.maxLength) {
    throw new SynoodError(
      'ERR_CONFIG',
      `A context of ${length} tokens and the longest class name come to ${all} tokens; the model reads ${tokenizer.maxLength}. Lower "contextLength".`,
    );
  }
  const data = new BigInt64Array(names.length * all).fill(BigInt(tokenizer.padTokenId));
  names.forEach((_, row) => {
    data[row * all] = ids[row * own]!;
    // What stands in the places of the context is never read; it must not be the end.
    data.fill(ids[row * own]!, row * all + 1, row * all + 1 + length);
    data.set(ids.subarray(row * own + 1, (row + 1) * own), row * all + 1 + length);
  });
  return {data, shape: [names.length, all]};
}

type Settings = z.output<typeof schema>;

/** Features of labelled images, and what else their bytes depend on. */
export interface PromptData {
  clip: Clip;
  /** of the classes, as they stand in prompts */
  names: readonly string[];
  /** (N, D) */
  features: FloatTensor;
  labels: readonly number[];
  /** a hash of the images */
  images: string;
}

/** What is learned of the settings of `synood train lsn`, with its defaults. */
export const promptSettings = schema.omit({clip: true, images: true, bank: true});
export type PromptSettings = z.output<typeof promptSettings>;

const tensorOf = (result: NamedTensor[], name: string): Tensor =>
  result.find((entry) => entry.name === name)!.tensor;

export const lsnFiles = ['lsn.safetensors', 'lsn-positive.jsonl', 'lsn-negative.jsonl'];

/**
 * Learns both kinds of prompts, and writes `lsn.safetensors`: positive (C, D) and negatives (M, C, D), the classes' text features of
 * unit length that scoring needs; positive_contexts (1, 1, L, H) and negative_contexts (M, C, L, H), what was learned. The class
 * names are in its metadata.
 */
export async function learnPrompts(
  settings: PromptSettings,
  {clip, names, features, labels, images}: PromptData,
  context: JobContext,
): Promise<Record<string, FitResult>> {
  checkLabels(labels, names);
  const ids = promptIds(clip.tokenizer, names, settings.contextLength);
  const source = memorySource(labels.length, {features, labels: integers(labels)});
  const inputs = {clip: await clip.fingerprint(), names, images};
  const {positive, ...rest} = settings;
  const trainings: Record<string, FitResult> = {};
  const train = async (prompts: PromptSpec, own: typeof rest) => {
    const options = {...trainerOptions(own, source.count), doubleSoftmax: settings.doubleSoftmax};
    using trainer = await Trainer.lsn(context.engine, clip, ids, prompts, options);
    const name = `lsn-${prompts.side}`;
    const plan = {training: 'lsn', name, trainer, source, settings: own, inputs};
    trainings[name] = await runFit(plan, context);
    return await trainer.result();
  };
  const length = settings.contextLength;
  const yes = await train({side: 'positive', contexts: 1, length}, {...rest, ...positive});
  const no = await train({side: 'negative', contexts: settings.contexts, length}, rest);
  const shared = tensorOf(yes, 'features');
  await writeSafetensors(
    join(at(context, settings.out), 'lsn.safetensors'),
    {
      positive: {data: shared.data, shape: shared.shape.slice(1)},
      negatives: tensorOf(no, 'features'),
      positive_contexts: tensorOf(yes, 'contexts'),
      negative_contexts: tensorOf(no, 'contexts'),
    },
    {names: JSON.stringify(names)},
  );
  return trainings;
}

export const lsn: TrainingJob<Settings> = {
  name: 'lsn',
  about: "LSN's learned positive and negative prompts (lsn.safetensors)",
  schema,
  example: {out: 'runs/lsn', clip: 'clip-vit-base-patch16', images: 'images', epochs: 100},
  async run({clip: clipFolder, images: imageFolder, bank: given, ...settings}, context) {
    using clip = await Clip.load(context.engine, at(context, clipFolder));
    const folder = await labelledImages(at(context, imageFolder));
    const out = at(context, settings.out);
    const bank = given === undefined ? join(out, 'features') : at(context, given);
    const sources = folder.items.map((item) => ({
      path: item.path,
      label: folder.classes.indexOf(item.className),
    }));
    const data = await encodeLabelled(clip, sources, bank, context);
    const names = folder.classes.map(readableName);
    const files = folder.items.map((item) => item.path);
    const images = hashJson({labels: data.labels, images: await imagesHash(files, context.signal)});
    const trainings = await learnPrompts(settings, {...data, clip, names, images}, context);
    return {out, files: lsnFiles, trainings, leftOut: [...folder.leftOut, ...data.leftOut]};
  },
};
