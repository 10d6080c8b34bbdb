import {SynoodError} from '../binding/errors.js';

const rowsOf = ({data, shape}: {data: Float32Array; shape: number[]}): Float32Array[] => {
  const [count, classes] = shape as [number, number];
  return Array.from({length: count}, (_, row) => data.subarray(row * classes, (row + 1) * classes));
};

const largest = (logits: Float32Array): number => logits.reduce((a, b) => Math.max(a, b), -Infinity);

/** T * logsumexp(l / T), in double precision. */
function logSumExp(logits: Float32Array, temperature = 1): number {
  const top = largest(logits);
  let sum = 0;
  for (const logit of logits) sum += Math.exp((logit - top) / temperature);
  return top + temperature * Math.log(sum);
}

/**
 * The energy score of each row of logits (Liu et al., 2020): T * logsumexp(logits / T), higher is in-distribution.
 *
 * @param logits (N, K)
 */
export function energyScores(logits: {data: Float32Array; shape: number[]}, temperature = 1): number[] {
  return rowsOf(logits).map((row) => logSumExp(row, temperature));
}

/** A score of each row of logits (N, K), as docs/method.md defines it; higher is in-distribution. */
export function scoresOf(
  score: 'energy' | 'msp' | 'max-logit' | 'authors',
  logits: {data: Float32Array; shape: number[]},
  temperature = 1,
): number[] {
  return rowsOf(logits).map((row) => {
    if (score === 'energy') return logSumExp(row, temperature);
    if (score === 'max-logit') return largest(row);
    if (score === 'msp') return Math.exp((largest(row) - logSumExp(row, temperature)) / temperature);
    return logSumExp(row) - row.reduce((sum, logit) => sum + logit, 0) / row.length;
  });
}

/** The q-quantile, linear between neighbours (numpy's and torch's default). */
export function quantile(values: readonly number[], q: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  const at = q * (sorted.length - 1);
  const low = Math.floor(at);
  const high = Math.min(sorted.length - 1, low + 1);
  return sorted[low]! + (sorted[high]! - sorted[low]!) * (at - low);
}

function standardDeviation(values: readonly number[]): number {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  return Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length);
}

/** Where in-distribution ends, on the score of the objective. */
export interface Boundary {
  boundary: number;
  tolerance: number;
}

/**
 * Calibrates the boundary: a quantile of held-out in-distribution scores, the tolerance in their standard deviations;
 * numbers stay as they are.
 *
 * @throws SynoodError ERR_CONFIG if scores are needed and there are none
 */
export function calibrateBoundary(
  scores: readonly number[],
  options: {boundary: number | {quantile: number}; tolerance: number | {deviations: number}},
): Boundary {
  const {boundary, tolerance} = options;
  const needed = typeof boundary !== 'number' || typeof tolerance !== 'number';
  if (needed && scores.length === 0) {
    throw new SynoodError(
      'ERR_CONFIG',
      'Expected calibration images for the boundary, found none that can be read. Give data.calibration, or numbers for synthesize.boundary and synthesize.tolerance.',
    );
  }
  return {
    boundary: typeof boundary === 'number' ? boundary : quantile(scores, boundary.quantile),
    tolerance: typeof tolerance === 'number' ? tolerance : tolerance.deviations * standardDeviation(scores),
  };
}
