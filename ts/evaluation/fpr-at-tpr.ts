import {SynoodError} from '../binding/errors.js';
import {rankGroups, type RankedGroups, type Scores, sortedScores} from './ranking.js';

/**
 * Four definitions of "FPR at 95 % TPR" that public code uses under one name, and that disagree:
 * - `id-positive` (Outlier Exposure, MCM, NegLabel, LSN): in-distribution is positive; over the distinct thresholds up
 *   to the first with recall 1, the one whose recall is closest to the TPR, the lowest of equally close ones.
 * - `ood-positive` (OpenOOD, pytorch-ood): out-of-distribution is positive; at the first threshold with at least the
 *   TPR, the share of in-distribution images flagged.
 * - `threshold` (KNN, SynOOD): the score at place round((1 - TPR) N), half to even, of the ascending in-distribution
 *   scores; the share of out-of-distribution scores above it.
 * - `interpolated` (CLIPN): in-distribution is positive; the ROC curve, linear between thresholds, at the TPR;
 *   where many thresholds have just that TPR, the last of them.
 */
export type FprDefinition = 'id-positive' | 'ood-positive' | 'threshold' | 'interpolated';

export const fprDefinitions: readonly FprDefinition[] = [
  'id-positive',
  'ood-positive',
  'threshold',
  'interpolated',
];

function checkTpr(tpr: number): void {
  if (!(tpr > 0 && tpr <= 1))
    throw new SynoodError('ERR_VALUE', `tpr must be above 0 and at most 1, it is ${tpr}.`);
}

function closestRecall({inCounts, outCounts, inTotal, outTotal}: RankedGroups, tpr: number): number {
  let [truePositives, falsePositives] = [0, 0];
  let [nearest, best] = [Infinity, 0];
  for (let group = 0; truePositives < inTotal; group++) {
    truePositives += inCounts[group]!;
    falsePositives += outCounts[group]!;
    const gap = Math.abs(truePositives / inTotal - tpr);
    // The published code looks from full recall down, so that the lower of two equally close thresholds counts.
    if (gap > nearest) continue;
    [nearest, best] = [gap, falsePositives / outTotal];
  }
  return best;
}

/** Out-of-distribution positive: the lowest scores are flagged first. */
function firstReaching({inCounts, outCounts, inTotal, outTotal}: RankedGroups, tpr: number): number {
  let [flaggedIns, flaggedOuts] = [0, 0];
  for (let group = inCounts.length - 1; ; group--) {
    flaggedIns += inCounts[group]!;
    flaggedOuts += outCounts[group]!;
    if (flaggedOuts / outTotal >= tpr) return flaggedIns / inTotal;
  }
}

function interpolated({inCounts, outCounts, inTotal, outTotal}: RankedGroups, tpr: number): number {
  let [truePositives, falsePositives] = [0, 0];
  for (let group = 0; group < inCounts.length; group++) {
    const [x0, y0] = [truePositives / inTotal, falsePositives / outTotal];
    truePositives += inCounts[group]!;
    falsePositives += outCounts[group]!;
    const [x1, y1] = [truePositives / inTotal, falsePositives / outTotal];
    // The first point beyond the TPR: the last one at most there is the other end of the line.
    if (x1 > tpr) return y0 + ((y1 - y0) / (x1 - x0)) * (tpr - x0);
  }
  return falsePositives / outTotal;
}

function roundHalfToEven(value: number): number {
  const floor = Math.floor(value);
  const rest = value - floor;
  return rest > 0.5 || (rest === 0.5 && floor % 2 === 1) ? floor + 1 : floor;
}

function aboveThreshold({inCounts, outCounts, inTotal, outTotal}: RankedGroups, tpr: number): number {
  // 1 - 0.95 is a little more than 0.05, which would round 0.5 up where the published code rounds it down.
  const share = Number((1 - tpr).toFixed(12));
  const place = Math.min(inTotal - 1, roundHalfToEven(share * inTotal));
  let insLeft = inTotal - place;
  let outsAbove = 0;
  for (let group = 0; (insLeft -= inCounts[group]!) > 0; group++) outsAbove += outCounts[group]!;
  return outsAbove / outTotal;
}

/** As `fprAtTpr`, of ranked groups. */
export function fprOfGroups(groups: RankedGroups, definition: FprDefinition, tpr = 0.95): number {
  switch (definition) {
    case 'threshold':
      return aboveThreshold(groups, tpr);
    case 'id-positive':
      return closestRecall(groups, tpr);
    case 'ood-positive':
      return firstReaching(groups, tpr);
    case 'interpolated':
      return interpolated(groups, tpr);
  }
}

/**
 * The false positive rate at a true positive rate, by one of the four definitions.
 *
 * @param inScores   scores of in-distribution images, higher is more in-distribution; at least one
 * @param outScores  scores of out-of-distribution images; at least one
 * @returns a number in [0, 1], lower is better
 * @throws SynoodError ERR_SHAPE if a list is empty, ERR_VALUE on NaN or a tpr outside (0, 1]
 */
export function fprAtTpr(
  inScores: Scores,
  outScores: Scores,
  definition: FprDefinition = 'id-positive',
  tpr = 0.95,
): number {
  checkTpr(tpr);
  return fprOfGroups(rankGroups(inScores, outScores), definition, tpr);
}

/**
 * The highest threshold that at least `tpr` of the in-distribution scores reach: an image with a score of at least it is
 * taken as in-distribution.
 *
 * @throws SynoodError ERR_SHAPE if the list is empty, ERR_VALUE on NaN or a tpr outside (0, 1]
 */
export function thresholdAtTpr(inScores: Scores, tpr = 0.95): number {
  checkTpr(tpr);
  const ins = sortedScores(inScores, 'inScores');
  return ins[ins.length - neededFor(tpr, ins.length)]!;
}

/** How many of so many images make up at least the share. */
const neededFor = (tpr: number, count: number): number => Math.ceil(Number((tpr * count).toFixed(9)));

/** As `thresholdAtTpr`, of ranked groups. */
export function thresholdOfGroups({scores, inCounts, inTotal}: RankedGroups, tpr: number): number {
  let left = neededFor(tpr, inTotal);
  let group = 0;
  while ((left -= inCounts[group]!) > 0) group++;
  return scores[group]!;
}
