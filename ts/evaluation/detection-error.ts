import {rankGroups, type RankedGroups, type Scores} from './ranking.js';

/** The detection error of ranked groups. */
export function detectionErrorOf({inCounts, outCounts, inTotal, outTotal}: RankedGroups): number {
  let least = 0.5;
  let [truePositives, falsePositives] = [0, 0];
  for (let group = 0; group < inCounts.length; group++) {
    truePositives += inCounts[group]!;
    falsePositives += outCounts[group]!;
    least = Math.min(least, (1 - truePositives / inTotal + falsePositives / outTotal) / 2);
  }
  return least;
}

/**
 * The least error of any threshold where both sides are equally likely: min (1 - TPR + FPR) / 2.
 *
 * @param inScores   scores of in-distribution images, higher is more in-distribution; at least one
 * @param outScores  scores of out-of-distribution images; at least one
 * @returns a number in [0, 0.5]
 * @throws SynoodError ERR_SHAPE if a list is empty, ERR_VALUE on NaN
 * @see Liang, Li and Srikant, "Enhancing the reliability of out-of-distribution image detection", 2018
 */
export function detectionError(inScores: Scores, outScores: Scores): number {
  return detectionErrorOf(rankGroups(inScores, outScores));
}
