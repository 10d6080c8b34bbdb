import type {FloatTensor, NamedTensor, NativeProgress, TrainerOptions} from '../binding/contract.js';
import {SynoodError} from '../binding/errors.js';
import type {EngineCore} from '../engine/engine-core.js';
import {epochOrder} from './epochs.js';
import {Trainer} from './trainer.js';

/** Features of both sides; rows beyond the in-distribution ones are outliers. */
export interface OutlierPool {
  /** (N, D) with the class of each */
  features: FloatTensor;
  labels: readonly number[];
  /** (M, D); none trains without them */
  outliers?: FloatTensor;
}

export interface OutlierTrainingOptions {
  epochs: number;
  batchSize: number;
  learningRate: number;
  /** of the outliers' loss beside the classes' */
  outlierWeight: number;
  /** share of the epochs before outliers count */
  outlierStart: number;
  seed: number;
  signal?: AbortSignal;
  onProgress?: (progress: NativeProgress) => void;
}

/** One pool of both, an outlier's label being the number of classes. */
function pooled({features, labels, outliers}: OutlierPool, classes: number): NamedTensor[] {
  const [count, width] = features.shape as [number, number];
  const more = outliers?.shape[0] ?? 0;
  if (outliers && outliers.shape[1] !== width) {
    throw new SynoodError(
      'ERR_SHAPE',
      `Expected outliers (M, ${width}) like the features, got [${outliers.shape.join(', ')}].`,
    );
  }
  const data = new Float32Array((count + more) * width);
  data.set(features.data);
  if (outliers) data.set(outliers.data, count * width);
  const all = [...labels, ...Array.from({length: more}, () => classes)];
  return [
    {name: 'features', tensor: {data, shape: [count + more, width]}},
    {name: 'labels', tensor: {data: BigInt64Array.from(all, BigInt), shape: [all.length]}},
  ];
}

async function train(
  make: (options: TrainerOptions) => Promise<Trainer>,
  data: NamedTensor[],
  {epochs, batchSize, learningRate, ...options}: OutlierTrainingOptions,
  more: Partial<TrainerOptions>,
): Promise<NamedTensor[]> {
  const count = data[0]!.tensor.shape[0]!;
  const order = epochOrder(options.seed, count, epochs, batchSize);
  const steps = order.shape[0]!;
  using trainer = await make({
    optimizer: {kind: 'sgd', learningRate, momentum: 0.9, weightDecay: 5e-4, totalSteps: steps},
    seed: options.seed,
    outlierWeight: options.outlierWeight,
    outlierStart: Math.round(options.outlierStart * steps),
    ...more,
  });
  await trainer.run(data, order, {signal: options.signal, onProgress: options.onProgress});
  return await trainer.state();
}

function stateOf(state: readonly NamedTensor[], name: string): FloatTensor {
  const tensor = state.find((entry) => entry.name === name)?.tensor;
  if (tensor?.data instanceof Float32Array) return {data: tensor.data, shape: tensor.shape};
  throw new SynoodError('ERR_INTERNAL', `The trainer has no "${name}".`);
}

/**
 * A classifier's last layer, trained to tell the classes apart and, by their energies, in-distribution features from
 * outliers (native/training/outlier_head.cpp). SGD with momentum 0.9, a cosine to nothing.
 */
export async function trainOutlierHead(
  engine: EngineCore,
  pool: OutlierPool,
  head: {weight: FloatTensor; bias: FloatTensor},
  options: OutlierTrainingOptions,
): Promise<{weight: FloatTensor; bias: FloatTensor}> {
  const data = pooled(pool, head.weight.shape[0]!);
  const state = await train((all) => Trainer.outlierHead(engine, head, all), data, options, {});
  return {weight: stateOf(state, 'weight'), bias: stateOf(state, 'bias')};
}

/**
 * A linear map of image features towards label features (C, E), outliers kept away from it by a small network
 * (native/training/feature_map.cpp).
 *
 * @returns weight (E, D)
 */
export async function trainFeatureMap(
  engine: EngineCore,
  pool: OutlierPool,
  labelFeatures: FloatTensor,
  options: OutlierTrainingOptions & {logitScale: number; logitNorm: boolean},
): Promise<FloatTensor> {
  const {logitScale, logitNorm, ...common} = options;
  const data = pooled(pool, labelFeatures.shape[0]!);
  const width = pool.features.shape[1]!;
  const make = (all: TrainerOptions) => Trainer.featureMap(engine, labelFeatures, width, all);
  return stateOf(await train(make, data, common, {logitScale, logitNorm}), 'weight');
}
