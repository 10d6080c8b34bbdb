import {z} from 'zod';
import type {FloatTensor, ProjectionParameters, Tensor} from '../../binding/contract.js';
import {SynoodError} from '../../binding/errors.js';
import {classifyRows, type DetectionTools} from '../compute.js';
import {
  type DetectorKind,
  type DetectorTensors,
  type FitDataName,
  type Fitted,
  required,
  tensorOf,
} from '../kind.js';
import type {ImageReadings} from '../readings.js';

const settings = z.strictObject({
  /** of negative labels, at most as many as there are */
  groups: z.number().int().positive().default(100),
  temperature: z.number().positive().default(0.01),
});
type Settings = z.output<typeof settings>;

/** How the trained layer's parameters are called in a detector's file. */
const PROJECTION: Record<keyof ProjectionParameters, string> = {
  weight: 'projection.weight',
  bias: 'projection.bias',
  normWeight: 'projection.norm.weight',
  normBias: 'projection.norm.bias',
};

/** The rows in the order of the permutation: neighbours fall into one group. */
function ordered({data, shape}: FloatTensor, permutation: Tensor): FloatTensor {
  const width = shape[1]!;
  const rows = Array.from(permutation.data, Number);
  if (
    rows.length !== shape[0] ||
    new Set(rows).size !== rows.length ||
    rows.some((row) => row < 0 || row >= rows.length)
  ) {
    throw new SynoodError(
      'ERR_MODEL_FORMAT',
      `"permutation" is not an order of the detector's ${shape[0]} negatives.`,
    );
  }
  const sorted = new Float32Array(data.length);
  rows.forEach((row, at) => sorted.set(data.subarray(row * width, (row + 1) * width), at * width));
  return {data: sorted, shape};
}

async function featuresOf(
  images: ImageReadings,
  fitted: Fitted<Settings>,
  {engine, signal}: DetectionTools,
): Promise<FloatTensor> {
  const features = await images.read({of: 'clip'});
  if (!(PROJECTION.weight in fitted.tensors) || features.shape[0] === 0) return features;
  const parts = Object.entries(PROJECTION).map(([key, name]) => [key, tensorOf(fitted, name)]);
  const projection = Object.fromEntries(parts) as ProjectionParameters;
  return engine.run((native) => native.project(features, projection), signal);
}

/** NegLabel's grouped score, on features that SynOOD's training may have changed on either side. */
const grouped = (
  about: Pick<DetectorKind, 'name' | 'title' | 'family' | 'source'>,
  parts: {projection: boolean; labels: boolean},
): DetectorKind<Settings> => ({
  ...about,
  settings,
  needs: ['negativeLabels', ...(parts.projection || parts.labels ? (['trainedSides'] as FitDataName[]) : [])],
  reads: ['clip'],
  async fit(data) {
    const {classes, negatives, permutation} = await required(data, 'negativeLabels')();
    const order: Tensor = {data: Int32Array.from(permutation), shape: [permutation.length]};
    const tensors: DetectorTensors = {classes, negatives, permutation: order};
    if (!parts.projection && !parts.labels) return tensors;
    const {projection, tunedNegatives} = await required(data, 'trainedSides')();
    if (parts.labels) tensors['negatives'] = tunedNegatives;
    if (parts.projection) {
      for (const key of Object.keys(PROJECTION) as (keyof ProjectionParameters)[])
        tensors[PROJECTION[key]] = projection[key];
    }
    return tensors;
  },
  async score(images, fitted, tools) {
    const features = await featuresOf(images, fitted, tools);
    if (features.shape[0] === 0) return new Float32Array();
    const permutation = fitted.tensors['permutation'];
    if (!permutation) throw new SynoodError('ERR_MODEL_FORMAT', 'The detector has no "permutation".');
    const negatives = ordered(tensorOf(fitted, 'negatives'), permutation);
    const {groups, temperature} = fitted.settings;
    const options = {groups: Math.min(groups, negatives.shape[0]!), temperature};
    const {data} = await tools.engine.run(
      (native) => native.negLabelScore(features, tensorOf(fitted, 'classes'), negatives, options),
      tools.signal,
    );
    return data;
  },
  async classify(images, fitted, tools) {
    const classes = tensorOf(fitted, 'classes');
    return classifyRows(await featuresOf(images, fitted, tools), (rows) =>
      tools.engine.run((native) => native.cosines(rows, classes), tools.signal),
    );
  },
});

export const negLabel = grouped(
  {name: 'neglabel', title: 'NegLabel', family: 'clip', source: 'Jiang et al., 2024'},
  {projection: false, labels: false},
);

const own = {family: 'synood', source: 'SynOOD, 2025'} as const;

export const synoodImage = grouped(
  {...own, name: 'synood-image', title: 'SynOOD, image side'},
  {projection: true, labels: false},
);

export const synoodLabel = grouped(
  {...own, name: 'synood-label', title: 'SynOOD, label side'},
  {projection: false, labels: true},
);

export const synood = grouped({...own, name: 'synood', title: 'SynOOD'}, {projection: true, labels: true});
