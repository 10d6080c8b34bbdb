import {SynoodError} from '../binding/errors.js';
import {sortedScores, type Scores} from './ranking.js';

/** The scores of one detector. */
export interface ScorePair {
  inScores: Scores;
  outScores: Scores;
}

/** What DeLong's test says of two detectors on the same images. */
export interface DeLongTest {
  /** AUROC of the first less that of the second */
  difference: number;
  /** of the difference */
  standardError: number;
  /** two-sided, that a difference of this size comes by chance; 1 where both agree on every image */
  p: number;
}

/** How many of a sorted list are below a value, equal ones half. */
function countBelow(sorted: Float64Array, value: number): number {
  const first = (reached: (one: number) => boolean): number => {
    let [low, high] = [0, sorted.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (reached(sorted[middle]!)) high = middle;
      else low = middle + 1;
    }
    return low;
  };
  return (first((one) => one >= value) + first((one) => one > value)) / 2;
}

/** The structural components: for each image the share of the other side's that it is on the right side of. */
function components({inScores, outScores}: ScorePair): {ins: Float64Array; outs: Float64Array} {
  const ins = sortedScores(inScores, 'inScores');
  const outs = sortedScores(outScores, 'outScores');
  return {
    ins: Float64Array.from(inScores, (score) => countBelow(outs, score) / outs.length),
    outs: Float64Array.from(outScores, (score) => 1 - countBelow(ins, score) / ins.length),
  };
}

const mean = (values: Float64Array): number => values.reduce((sum, value) => sum + value, 0) / values.length;

/** With n - 1, as DeLong et al. */
function variance(values: Float64Array): number {
  const centre = mean(values);
  return values.reduce((sum, value) => sum + (value - centre) ** 2, 0) / (values.length - 1);
}

/** Coefficients of a Chebyshev fit; the relative error is below 1.2e-7 (Numerical Recipes, "erfcc"). */
const ERFC = [
  -1.26551223, 1.00002368, 0.37409196, 0.09678418, -0.18628806, 0.27886807, -1.13520398, 1.48851587,
  -0.82215223, 0.17087277,
];

/** 1 - erf(x) for x >= 0. */
function complementaryError(x: number): number {
  const t = 1 / (1 + x / 2);
  return t * Math.exp(-x * x + ERFC.reduceRight((sum, coefficient) => sum * t + coefficient, 0));
}

/**
 * DeLong's test of the difference between two AUROCs on the same images, by the structural components of the two
 * detectors' differences; O(n log n).
 *
 *   Var = var_i(V10_a - V10_b) / m + var_j(V01_a - V01_b) / n
 *
 * @param first, second  scores of the same images in the same order; two or more on either side
 * @throws SynoodError ERR_SHAPE if the lists differ in length or are too short, ERR_VALUE on NaN
 * @see DeLong, DeLong and Clarke-Pearson, "Comparing the areas under two or more correlated ROC curves", 1988
 */
export function deLongTest(first: ScorePair, second: ScorePair): DeLongTest {
  const [m, n] = [first.inScores.length, first.outScores.length];
  if (m < 2 || n < 2 || second.inScores.length !== m || second.outScores.length !== n) {
    throw new SynoodError(
      'ERR_SHAPE',
      `DeLong's test needs two detectors' scores of the same images, two or more on either side; got ${m} and ${n}, ${second.inScores.length} and ${second.outScores.length}.`,
    );
  }
  const [a, b] = [components(first), components(second)];
  const difference = mean(a.ins) - mean(b.ins);
  const ins = a.ins.map((value, index) => value - b.ins[index]!);
  const outs = a.outs.map((value, index) => value - b.outs[index]!);
  const standardError = Math.sqrt(variance(ins) / m + variance(outs) / n);
  if (standardError === 0) return {difference, standardError, p: difference === 0 ? 1 : 0};
  return {
    difference,
    standardError,
    p: complementaryError(Math.abs(difference) / standardError / Math.SQRT2),
  };
}
