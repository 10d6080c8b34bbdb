import type {FloatTensor, Tensor} from '../binding/contract.js';
import {SynoodError} from '../binding/errors.js';
import type {EngineCore} from '../engine/engine-core.js';

/** The computations of native/detection/operations.h; their shapes stand in the file of each. */
export type DetectionOperation =
  | 'linear-logits'
  | 'linear-scores'
  | 'logit-scores'
  | 'concept-scores'
  | 'negated-concept-scores'
  | 'learned-negative-scores'
  | 'activation-quantile'
  | 'neighbour-scores'
  | 'class-gaussians'
  | 'mahalanobis-scores'
  | 'residual-space'
  | 'virtual-logit-scores'
  | 'gaussian-outliers'
  | 'neighbour-outliers';

/** What is taken of a row of logits, see native/detection/logit_statistic.h. */
export type LogitStatistic = 'msp' | 'max_logit' | 'energy';

export interface DetectionInputs {
  tensors: Record<string, Tensor>;
  numbers?: Record<string, number>;
  words?: Record<string, string>;
}

/** What a detector computes with. */
export interface DetectionTools {
  engine: EngineCore;
  signal?: AbortSignal;
}

/** One computation in the core, on the engine's device. @throws SynoodError ERR_SHAPE, ERR_VALUE, ERR_ABORTED */
export async function compute<K extends string>(
  {engine, signal}: DetectionTools,
  operation: DetectionOperation,
  results: readonly K[],
  {tensors, numbers = {}, words = {}}: DetectionInputs,
): Promise<Record<K, FloatTensor>> {
  const named = Object.entries(tensors).map(([name, tensor]) => ({name, tensor}));
  const made = await engine.run(
    (native) => native.computeDetection(operation, named, numbers, words),
    signal,
  );
  const found = results.map((name) => {
    const tensor = made.find((entry) => entry.name === name)?.tensor as FloatTensor | undefined;
    if (!tensor) throw new SynoodError('ERR_INTERNAL', `${operation} made no "${name}".`);
    return [name, tensor] as const;
  });
  return Object.fromEntries(found) as Record<K, FloatTensor>;
}

/** The same for the many that make scores (N); no image has none. */
export async function computeScores(
  tools: DetectionTools,
  operation: DetectionOperation,
  rows: 'features' | 'logits',
  inputs: DetectionInputs,
): Promise<Float32Array> {
  if (inputs.tensors[rows]!.shape[0] === 0) return new Float32Array();
  return (await compute(tools, operation, ['scores'], inputs)).scores.data;
}

/** Class indices as the core takes them. */
export const labelTensor = (labels: readonly number[]): Tensor<BigInt64Array> => ({
  data: BigInt64Array.from(labels, BigInt),
  shape: [labels.length],
});

/** Of each row the place of its largest value, the first of equals. */
export function largestPlaces({data, shape}: FloatTensor): number[] {
  const [count, width] = shape as [number, number];
  return Array.from({length: count}, (_, row) => {
    let best = 0;
    for (let at = 1; at < width; at++) if (data[row * width + at]! > data[row * width + best]!) best = at;
    return best;
  });
}

/** Rows at a time for what makes a number of each row and class: a gigabyte of logits is never whole. */
const CHUNK = 4096;

/** The largest column of each row, of a computation that makes a row of columns for each row of features. */
export async function classifyRows(
  {data, shape}: FloatTensor,
  make: (rows: FloatTensor) => Promise<FloatTensor>,
): Promise<number[]> {
  const [count, width] = shape as [number, number];
  const found: number[] = [];
  for (let at = 0; at < count; at += CHUNK) {
    const end = Math.min(count, at + CHUNK);
    const rows = {data: data.subarray(at * width, end * width), shape: [end - at, width]};
    for (const place of largestPlaces(await make(rows))) found.push(place);
  }
  return found;
}
