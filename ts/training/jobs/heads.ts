import {join} from 'node:path';
import {z} from 'zod';
import type {FloatTensor, NamedTensor} from '../../binding/contract.js';
import {SynoodError} from '../../binding/errors.js';
import {writeSafetensors} from '../../models/weights/safetensors.js';
import {integers, memorySource} from '../samples/source.js';
import {Trainer} from '../trainer.js';
import {type HeadData, headData, headDataShape} from './head-data.js';
import {at, type JobContext, type JobOutcome, runFit, type TrainingJob} from './job.js';
import {commonShape, type CommonSettings, trainerOptions} from './settings.js';

const logitScale = z
  .number()
  .positive()
  .optional()
  .describe("logits are this times the cosine; default: the CLIP model's own, else 100");

const initialGain = z
  .number()
  .min(0)
  .max(1)
  .default(1)
  .describe("of the layer norm at the beginning; 1 as published, 0 begins with CLIP's own features");

const example = {
  out: 'runs/projection',
  images: {clip: 'clip-vit-base-patch16', classes: 'images', negatives: 'synthetic'},
  epochs: 3,
  batchSize: 128,
};

const tensorsOf = (result: NamedTensor[]) =>
  Object.fromEntries(result.map(({name, tensor}) => [name, tensor]));

interface Part {
  training: string;
  trainer: Trainer;
  settings: CommonSettings;
  data: HeadData;
  samples: {features: FloatTensor; labels: number[]};
  file: string;
  /** what is written of the result */
  finish?: (result: NamedTensor[]) => NamedTensor[];
}

async function runHead(part: Part, context: JobContext): Promise<JobOutcome> {
  const {training, trainer, settings, data, samples, file, finish} = part;
  const source = memorySource(samples.labels.length, {
    features: samples.features,
    labels: integers(samples.labels),
  });
  const plan = {training, trainer, source, settings, name: training, inputs: data.fingerprint};
  const fitted = await runFit(plan, context);
  const result = await trainer.result();
  const out = at(context, settings.out);
  const names = JSON.stringify(data.names);
  await writeSafetensors(join(out, file), tensorsOf(finish ? finish(result) : result), {names});
  return {
    out,
    files: [file, `${training}.jsonl`],
    trainings: {[training]: fitted},
    leftOut: data.leftOut,
  };
}

const withScale = (settings: CommonSettings & {logitScale?: number}, data: HeadData, samples: number) => ({
  ...trainerOptions(settings, samples),
  logitScale: settings.logitScale ?? data.logitScale ?? 100,
});

const projectionSchema = z.strictObject({
  ...commonShape({
    epochs: 3,
    batchSize: 128,
    optimizer: {kind: 'adam', learningRate: 1e-3, finalLearningRate: 1e-5, weightDecay: 1e-5},
  }),
  ...headDataShape,
  logitScale,
  initialGain,
});

export const projection: TrainingJob<z.output<typeof projectionSchema>> = {
  name: 'projection',
  about: "SynOOD's image side: a layer on CLIP's image features (projection.safetensors)",
  schema: projectionSchema,
  example,
  async run(settings, context) {
    const data = await headData(settings, context);
    const {initialGain} = settings;
    const options = {...withScale(settings, data, data.labels.length), initialGain};
    using trainer = await Trainer.projection(context.engine, data.labelFeatures, options);
    const file = 'projection.safetensors';
    return await runHead({training: 'projection', trainer, settings, data, samples: data, file}, context);
  },
};

/** The samples whose label is a negative one, and the rows of those labels. */
function negativesOf(data: HeadData): {samples: Part['samples']; table: FloatTensor} {
  const {classes, labels, features, labelFeatures} = data;
  const width = features.shape[1]!;
  const rows = [...labels.keys()].filter((row) => labels[row]! >= classes);
  if (classes >= labelFeatures.shape[0]! || rows.length === 0) {
    throw new SynoodError(
      'ERR_CONFIG',
      'Expected samples with negative labels: give images.negatives, or with features "classes", the number of labels that are none.',
    );
  }
  const picked = new Float32Array(rows.length * width);
  rows.forEach((row, at) => picked.set(features.data.subarray(row * width, (row + 1) * width), at * width));
  const negatives = labelFeatures.shape[0]! - classes;
  return {
    samples: {
      features: {data: picked, shape: [rows.length, width]},
      labels: rows.map((row) => labels[row]! - classes),
    },
    table: {data: labelFeatures.data.slice(classes * width), shape: [negatives, width]},
  };
}

const labelsSchema = z.strictObject({
  ...commonShape({
    epochs: 5,
    batchSize: 128,
    optimizer: {kind: 'sgd', learningRate: 2e-2, momentum: 0.9, weightDecay: 1e-5},
  }),
  ...headDataShape,
  logitScale,
});

export const labels: TrainingJob<z.output<typeof labelsSchema>> = {
  name: 'labels',
  about: "SynOOD's label side: the negative labels' features (labels.safetensors)",
  schema: labelsSchema,
  example: {...example, out: 'runs/labels', epochs: 5},
  async run(settings, context) {
    const data = await headData(settings, context);
    const {samples, table} = negativesOf(data);
    const options = withScale(settings, data, samples.labels.length);
    using trainer = await Trainer.labels(context.engine, table, options);
    const tuned = {...data, names: data.names.slice(data.classes)};
    const file = 'labels.safetensors';
    return await runHead({training: 'labels', trainer, settings, data: tuned, samples, file}, context);
  },
};

const jointSchema = z.strictObject({
  ...commonShape({
    epochs: 3,
    batchSize: 128,
    optimizer: {kind: 'adam', learningRate: 1e-3, finalLearningRate: 1e-5, weightDecay: 1e-5},
  }),
  ...headDataShape,
  logitScale,
  initialGain,
  labelWeight: z.number().min(0).default(1).describe("of the label side's loss beside the image side's"),
});

export const joint: TrainingJob<z.output<typeof jointSchema>> = {
  name: 'joint',
  about: 'both sides at once, which the paper calls unstable (joint.safetensors)',
  schema: jointSchema,
  example: {...example, out: 'runs/joint'},
  async run(settings, context) {
    const data = await headData(settings, context);
    negativesOf(data);
    const {labelFeatures, classes} = data;
    const {labelWeight, initialGain} = settings;
    const options = {...withScale(settings, data, data.labels.length), labelWeight, initialGain};
    using trainer = await Trainer.joint(context.engine, {labelFeatures, classes}, options);
    const file = 'joint.safetensors';
    return await runHead({training: 'joint', trainer, settings, data, samples: data, file}, context);
  },
};
