import type {
  FloatTensor,
  NamedTensor,
  NativeProgress,
  ProjectionParameters,
  Tensor,
  TrainerOptions,
} from '../binding/contract.js';
import {SynoodError} from '../binding/errors.js';
import type {EngineCore} from '../engine/engine-core.js';
import {epochOrder} from './epochs.js';
import {Trainer} from './trainer.js';

/** Features of images, each with the row of the label features that it belongs to. */
export interface LabelledFeatures {
  /** (N, D) */
  features: FloatTensor;
  labels: number[];
}

interface CommonOptions {
  epochs: number;
  batchSize: number;
  learningRate: number;
  finalLearningRate: number;
  weightDecay: number;
  /** CLIP's own: logits are this times the cosine */
  logitScale: number;
  seed: number | bigint;
  signal?: AbortSignal;
  onProgress?: (progress: NativeProgress) => void;
}

export type ProjectionOptions = CommonOptions & {
  /** the layer norm's gain at the beginning, 0 to 1; 1, as published, if left out */
  initialGain?: number;
};
export type LabelOptions = CommonOptions & {momentum: number};

/** The names under which the core keeps what it trains. */
function stateOf(state: NamedTensor[], name: string): FloatTensor {
  const tensor = state.find((entry) => entry.name === name)?.tensor;
  if (tensor?.data instanceof Float32Array) return {data: tensor.data, shape: tensor.shape};
  throw new SynoodError('ERR_INTERNAL', `The trainer has no "${name}".`);
}

function pool({features, labels}: LabelledFeatures): NamedTensor[] {
  const indices: Tensor = {data: BigInt64Array.from(labels, BigInt), shape: [labels.length]};
  return [
    {name: 'features', tensor: features},
    {name: 'labels', tensor: indices},
  ];
}

/** Adam with L2 in the gradient, a cosine to the final rate. */
const projectionTrainer = (options: ProjectionOptions, order: Tensor): TrainerOptions => ({
  optimizer: {
    kind: 'adam',
    learningRate: options.learningRate,
    finalLearningRate: options.finalLearningRate,
    weightDecay: options.weightDecay,
    totalSteps: order.shape[0],
  },
  seed: options.seed,
  logitScale: options.logitScale,
  initialGain: options.initialGain,
});

/** A projection as a detector takes it, of a trainer's state. */
export const projectionOf = (state: NamedTensor[]): ProjectionParameters => ({
  weight: stateOf(state, 'weight'),
  bias: stateOf(state, 'bias'),
  normWeight: stateOf(state, 'norm_weight'),
  normBias: stateOf(state, 'norm_bias'),
});

/**
 * SynOOD's image side (section 3.3): a layer on frozen image features, trained to tell the classes and the negative labels
 * apart.
 *
 * @param labelFeatures (K, D), fixed
 */
export async function trainProjection(
  engine: EngineCore,
  data: LabelledFeatures,
  labelFeatures: FloatTensor,
  options: ProjectionOptions,
): Promise<{parameters: ProjectionParameters; losses: number[]}> {
  const order = epochOrder(options.seed, data.labels.length, options.epochs, options.batchSize);
  using trainer = await Trainer.projection(engine, labelFeatures, projectionTrainer(options, order));
  const losses = await trainer.run(pool(data), order, options);
  return {parameters: projectionOf(await trainer.state()), losses};
}

/**
 * SynOOD's label side (section 3.3): the negative labels' text features are the parameters, trained on synthetic images
 * alone. SGD with momentum, a cosine to the final rate.
 *
 * @param labelFeatures (K, D), where training begins
 */
export async function trainLabels(
  engine: EngineCore,
  data: LabelledFeatures,
  labelFeatures: FloatTensor,
  options: LabelOptions,
): Promise<{features: FloatTensor; losses: number[]}> {
  const order = epochOrder(options.seed, data.labels.length, options.epochs, options.batchSize);
  using trainer = await Trainer.labels(engine, labelFeatures, {
    optimizer: {
      kind: 'sgd',
      learningRate: options.learningRate,
      finalLearningRate: options.finalLearningRate,
      weightDecay: options.weightDecay,
      momentum: options.momentum,
      totalSteps: order.shape[0],
    },
    seed: options.seed,
    logitScale: options.logitScale,
  });
  const losses = await trainer.run(pool(data), order, options);
  return {features: stateOf(await trainer.state(), 'label_features'), losses};
}

/**
 * Both sides at once, which the paper calls unstable: the projection, and the negative labels' features where it ends. All is
 * trained as `projection` says; the label side's loss counts as much as the image side's.
 *
 * @param labelFeatures (K, D): the first `classes` rows stay, the others are trained; labels of the data are rows of it
 * @returns features (K - classes, D)
 */
export async function trainJointly(
  engine: EngineCore,
  data: LabelledFeatures,
  {labelFeatures, classes}: {labelFeatures: FloatTensor; classes: number},
  options: ProjectionOptions,
): Promise<{parameters: ProjectionParameters; features: FloatTensor; losses: number[]}> {
  const order = epochOrder(options.seed, data.labels.length, options.epochs, options.batchSize);
  using trainer = await Trainer.joint(engine, {labelFeatures, classes}, projectionTrainer(options, order));
  const losses = await trainer.run(pool(data), order, options);
  const state = await trainer.state();
  return {parameters: projectionOf(state), features: stateOf(state, 'label_features'), losses};
}
