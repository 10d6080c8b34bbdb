import type {FloatTensor, ProjectionParameters} from '../binding/contract.js';
import {type LabelledFeatures, trainJointly, trainLabels, trainProjection} from '../training/finetune.js';
import {joinRows, takeRows} from './clip-features.js';
import type {Labels} from './negatives.js';
import type {RunContext} from './run-context.js';

export interface TrainingSets {
  /** labels are rows of the classes */
  real: LabelledFeatures;
  /** labels are rows of the negatives; empty where only in-distribution images count */
  synthetic: LabelledFeatures;
}

export interface TrainedParts {
  projection: ProjectionParameters;
  /** (M, D), every negative label, also those that no image has */
  tunedNegatives: FloatTensor;
  losses: {projection: number[]; labels: number[]};
}

/** The negatives that a training tells apart: their rows, and each row's place among them. */
function negativeRows(which: 'assigned' | 'all', labels: Labels, used: readonly number[]) {
  const rows =
    which === 'all' ? labels.negatives.map((_, index) => index) : [...new Set(used)].sort((a, b) => a - b);
  return {rows, place: new Map(rows.map((row, at) => [row, at]))};
}

/** All negative labels, some rows replaced. */
function replaceRows({data, shape}: FloatTensor, rows: readonly number[], by: FloatTensor): FloatTensor {
  const width = shape[1]!;
  const replaced = data.slice();
  rows.forEach((row, at) => replaced.set(by.data.subarray(at * width, (at + 1) * width), row * width));
  return {data: replaced, shape};
}

/** SynOOD's two sides (section 3.3), apart or at once, as the configuration says. */
export async function trainSides(
  run: RunContext,
  labels: Labels,
  {real, synthetic}: TrainingSets,
): Promise<TrainedParts> {
  const {projection, labels: labelOptions, sides} = run.config.finetune;
  const engine = await run.models.engine();
  const clip = await run.models.clip();
  const common = {logitScale: await clip.logitScale(), seed: run.config.seed, signal: run.signal};
  const width = labels.classFeatures.shape[1]!;
  const progress = (part: string) => ({
    onProgress: ({done, total}: {done: number; total: number}) => run.progress(done, total, part),
  });
  const classes = labels.classes.length;
  const {rows, place} = negativeRows(projection.negatives, labels, synthetic.labels);
  const images: LabelledFeatures = {
    features: joinRows([real.features.data, synthetic.features.data], width),
    labels: [...real.labels, ...synthetic.labels.map((row) => classes + place.get(row)!)],
  };
  const known = joinRows([labels.classFeatures.data, takeRows(labels.negativeFeatures, rows).data], width);

  if (sides === 'joint' && synthetic.labels.length > 0) {
    const options = {...projection, ...common, ...progress('both sides')};
    const made = await trainJointly(engine, images, {labelFeatures: known, classes}, options);
    return {
      projection: made.parameters,
      tunedNegatives: replaceRows(labels.negativeFeatures, rows, made.features),
      losses: {projection: made.losses, labels: []},
    };
  }

  const projected = await trainProjection(engine, images, known, {
    ...projection,
    ...common,
    ...progress('projection'),
  });
  if (synthetic.labels.length === 0) {
    const {data, shape} = labels.negativeFeatures;
    const losses = {projection: projected.losses, labels: []};
    return {projection: projected.parameters, tunedNegatives: {data: data.slice(), shape}, losses};
  }
  const own = negativeRows(labelOptions.negatives, labels, synthetic.labels);
  const tuned = await trainLabels(
    engine,
    {features: synthetic.features, labels: synthetic.labels.map((row) => own.place.get(row)!)},
    takeRows(labels.negativeFeatures, own.rows),
    {...labelOptions, ...common, ...progress('labels')},
  );
  return {
    projection: projected.parameters,
    tunedNegatives: replaceRows(labels.negativeFeatures, own.rows, tuned.features),
    losses: {projection: projected.losses, labels: tuned.losses},
  };
}
