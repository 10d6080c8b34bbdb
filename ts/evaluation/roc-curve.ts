import {rankGroups, type RankedGroups, type Scores} from './ranking.js';

/** Points of a ROC curve, from (0, 0) to (1, 1), with in-distribution as the positive class. */
export interface RocCurve {
  /** Share of out-of-distribution images with at least the threshold's score. */
  fpr: Float64Array;
  /** Share of in-distribution images with at least the threshold's score. */
  tpr: Float64Array;
  /** Falling; the first is Infinity. */
  thresholds: Float64Array;
}

/** The ROC curve of ranked groups: one point for each distinct score, after (0, 0). */
export function rocCurveOf({scores, inCounts, outCounts, inTotal, outTotal}: RankedGroups): RocCurve {
  const size = scores.length + 1;
  const curve = {
    fpr: new Float64Array(size),
    tpr: new Float64Array(size),
    thresholds: new Float64Array(size),
  };
  curve.thresholds[0] = Infinity;
  let truePositives = 0;
  let falsePositives = 0;
  scores.forEach((score, group) => {
    truePositives += inCounts[group]!;
    falsePositives += outCounts[group]!;
    curve.tpr[group + 1] = truePositives / inTotal;
    curve.fpr[group + 1] = falsePositives / outTotal;
    curve.thresholds[group + 1] = score;
  });
  return curve;
}

/**
 * The ROC curve, every distinct threshold kept.
 *
 * @throws SynoodError ERR_SHAPE if a list is empty, ERR_VALUE on NaN
 * @see Fawcett, "An introduction to ROC analysis", 2006
 */
export function rocCurve(inScores: Scores, outScores: Scores): RocCurve {
  return rocCurveOf(rankGroups(inScores, outScores));
}

/**
 * Fewer points of a curve, for drawing: those nearest to an even spacing along it, the ends included.
 *
 * @param points at least 2
 */
export function thinRocCurve(curve: RocCurve, points: number): RocCurve {
  const length = curve.fpr.length;
  if (length <= points) return curve;
  const kept: number[] = [0];
  // The curve only goes up and right, so fpr + tpr tells how far along a point is.
  for (let i = 1; i < length - 1; i++) {
    const step = Math.floor(((curve.fpr[i]! + curve.tpr[i]!) / 2) * (points - 1));
    const last = kept[kept.length - 1]!;
    if (step > Math.floor(((curve.fpr[last]! + curve.tpr[last]!) / 2) * (points - 1))) kept.push(i);
  }
  kept.push(length - 1);
  const pick = (values: Float64Array): Float64Array => Float64Array.from(kept, (index) => values[index]!);
  return {fpr: pick(curve.fpr), tpr: pick(curve.tpr), thresholds: pick(curve.thresholds)};
}
