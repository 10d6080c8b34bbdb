import type {FloatTensor} from '../binding/contract.js';
import {classifyRows, compute, computeScores, type DetectionTools} from './compute.js';

/** The largest softmax probability of unscaled cosines (MCM). */
export const conceptScores = (
  features: FloatTensor,
  concepts: FloatTensor,
  temperature: number,
  tools: DetectionTools,
): Promise<Float32Array> =>
  computeScores(tools, 'concept-scores', 'features', {
    tensors: {features, concepts},
    numbers: {temperature},
    words: {statistic: 'msp'},
  });

/** The most similar concept of each image. */
export const conceptClasses = (
  features: FloatTensor,
  concepts: FloatTensor,
  {engine, signal}: DetectionTools,
): Promise<number[]> =>
  classifyRows(features, (rows) => engine.run((native) => native.cosines(rows, concepts), signal));

/** weight (E, D) features (N, D) -> (N, E) */
export async function mapFeatures(
  features: FloatTensor,
  weight: FloatTensor,
  tools: DetectionTools,
): Promise<FloatTensor> {
  const width = weight.shape[0]!;
  if (features.shape[0] === 0) return {data: new Float32Array(), shape: [0, width]};
  const bias = {data: new Float32Array(width), shape: [width]};
  return (await compute(tools, 'linear-logits', ['logits'], {tensors: {features, weight, bias}})).logits;
}
