import {classifyRows, compute, computeScores, type DetectionTools, type LogitStatistic} from './compute.js';
import {type Fitted, type Head, tensorOf} from './kind.js';
import type {ImageReadings} from './readings.js';

/** What detectors of a classifier's logits share: its last layer is theirs, and its features are what they read. */
export const headTensors = ({weight, bias}: Head) => ({weight, bias});

const ownHead = (fitted: Pick<Fitted<unknown>, 'tensors'>) => ({
  weight: tensorOf(fitted, 'weight'),
  bias: tensorOf(fitted, 'bias'),
});

/** A statistic of the logits; with a limit activations are cut there first. */
export async function headScores(
  images: ImageReadings,
  fitted: Pick<Fitted<unknown>, 'tensors'>,
  options: {statistic: LogitStatistic; temperature: number; limit?: number},
  tools: DetectionTools,
): Promise<Float32Array> {
  const {statistic, temperature, limit} = options;
  return computeScores(tools, 'linear-scores', 'features', {
    tensors: {features: await images.read({of: 'classifier'}), ...ownHead(fitted)},
    numbers: {temperature, ...(limit === undefined ? {} : {limit})},
    words: {statistic},
  });
}

/** The class of the largest logit. */
export async function headClasses(
  images: ImageReadings,
  fitted: Pick<Fitted<unknown>, 'tensors'>,
  tools: DetectionTools,
): Promise<number[]> {
  const head = ownHead(fitted);
  return classifyRows(await images.read({of: 'classifier'}), async (features) => {
    const {logits} = await compute(tools, 'linear-logits', ['logits'], {tensors: {features, ...head}});
    return logits;
  });
}
