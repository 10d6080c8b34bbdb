import {rankGroups, type RankedGroups, type Scores, swapRoles} from './ranking.js';

/**
 * How the area under the precision-recall curve is summed. `average-precision`: a step for each threshold (the code of
 * Outlier Exposure and its heirs, scikit-learn's average_precision_score). `trapezoid`: linear between thresholds, from
 * precision 1 at recall 0 (OpenOOD), which is optimistic.
 */
export type AuprMethod = 'average-precision' | 'trapezoid';

/** Which class counts as positive. */
export type PositiveClass = 'in' | 'out';

/** AUPR of ranked groups, with their "in" side as the positive class. */
export function auprOf({inCounts, outCounts, inTotal}: RankedGroups, method: AuprMethod): number {
  let area = 0;
  let truePositives = 0;
  let falsePositives = 0;
  let precisionBefore = 1;
  inCounts.forEach((count, group) => {
    truePositives += count;
    falsePositives += outCounts[group]!;
    const precision = truePositives / (truePositives + falsePositives);
    const height = method === 'trapezoid' ? (precision + precisionBefore) / 2 : precision;
    area += (count / inTotal) * height;
    precisionBefore = precision;
  });
  return area;
}

/**
 * Area under the precision-recall curve. It moves with the share of the positive class: compare it only between sets of
 * equal proportions.
 *
 * @param inScores   scores of in-distribution images, higher is more in-distribution; at least one
 * @param outScores  scores of out-of-distribution images; at least one
 * @returns a number in [0, 1]
 * @throws SynoodError ERR_SHAPE if a list is empty, ERR_VALUE on NaN
 * @see Davis and Goadrich, "The relationship between Precision-Recall and ROC curves", 2006
 */
export function aupr(
  inScores: Scores,
  outScores: Scores,
  positive: PositiveClass,
  method: AuprMethod = 'average-precision',
): number {
  const groups = rankGroups(inScores, outScores);
  return auprOf(positive === 'in' ? groups : swapRoles(groups), method);
}
