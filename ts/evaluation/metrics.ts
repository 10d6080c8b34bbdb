import {auprOf} from './aupr.js';
import {aurocOf} from './auroc.js';
import {detectionErrorOf} from './detection-error.js';
import {type FprDefinition, fprDefinitions, fprOfGroups, thresholdOfGroups} from './fpr-at-tpr.js';
import {rankGroups, type RankedGroups, type Scores, swapRoles} from './ranking.js';

/** Every metric of a detector on one out-of-distribution set. Shares, not percentages. */
export interface Metrics {
  inCount: number;
  outCount: number;
  auroc: number;
  /** Average precision, in-distribution positive. Chance level: inCount / (inCount + outCount). */
  auprIn: number;
  /** Average precision, out-of-distribution positive. Chance level: outCount / (inCount + outCount). */
  auprOut: number;
  auprInTrapezoid: number;
  auprOutTrapezoid: number;
  /** FPR at 95 % TPR, by definition. */
  fpr95: Record<FprDefinition, number>;
  /** The least (1 - TPR + FPR) / 2 of any threshold: both sides equally likely. */
  detectionError: number;
  /** The score that 95 % of the in-distribution images reach. */
  threshold95: number;
}

/**
 * All metrics of two lists of scores.
 *
 * @param inScores   scores of in-distribution images, higher is more in-distribution; at least one
 * @param outScores  scores of out-of-distribution images; at least one
 * @throws SynoodError ERR_SHAPE if a list is empty, ERR_VALUE on NaN
 */
export function evaluateScores(inScores: Scores, outScores: Scores): Metrics {
  return metricsOf(rankGroups(inScores, outScores));
}

/** As `evaluateScores`, of ranked groups. */
export function metricsOf(inPositive: RankedGroups): Metrics {
  const outPositive = swapRoles(inPositive);
  const fprs = fprDefinitions.map((name) => [name, fprOfGroups(inPositive, name)] as const);
  return {
    inCount: inPositive.inTotal,
    outCount: inPositive.outTotal,
    auroc: aurocOf(inPositive),
    auprIn: auprOf(inPositive, 'average-precision'),
    auprOut: auprOf(outPositive, 'average-precision'),
    auprInTrapezoid: auprOf(inPositive, 'trapezoid'),
    auprOutTrapezoid: auprOf(outPositive, 'trapezoid'),
    fpr95: Object.fromEntries(fprs) as Record<FprDefinition, number>,
    detectionError: detectionErrorOf(inPositive),
    threshold95: thresholdOfGroups(inPositive, 0.95),
  };
}
