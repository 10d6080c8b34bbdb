import {rankGroups, type RankedGroups, type Scores} from './ranking.js';

/** AUROC of ranked groups: the share of pairs in the right order, ties half. */
export function aurocOf({inCounts, outCounts, inTotal, outTotal}: RankedGroups): number {
  let pairs = 0;
  let outBelow = outTotal;
  for (let group = 0; group < inCounts.length; group++) {
    outBelow -= outCounts[group]!;
    pairs += inCounts[group]! * (outBelow + outCounts[group]! / 2);
  }
  return pairs / (inTotal * outTotal);
}

/**
 * Area under the ROC curve with in-distribution as the positive class. Ties count half.
 *
 * @param inScores   scores of in-distribution images, higher is more in-distribution; at least one
 * @param outScores  scores of out-of-distribution images; at least one
 * @returns a number in [0, 1]
 * @throws SynoodError ERR_SHAPE if a list is empty, ERR_VALUE on NaN
 * @see Fawcett, "An introduction to ROC analysis", 2006
 */
export function auroc(inScores: Scores, outScores: Scores): number {
  return aurocOf(rankGroups(inScores, outScores));
}
