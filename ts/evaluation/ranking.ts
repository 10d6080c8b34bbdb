import {SynoodError} from '../binding/errors.js';

/** Scores of any kind: higher is more in-distribution. */
export type Scores = ArrayLike<number>;

/**
 * How many in- and out-of-distribution images have each distinct score, from the highest score down. Every exact
 * metric is a sum over these groups, so ties are counted and never broken by the order of the input.
 */
export interface RankedGroups {
  scores: Float64Array;
  inCounts: Float64Array;
  outCounts: Float64Array;
  inTotal: number;
  outTotal: number;
}

/** A sorted copy, ascending. @throws SynoodError ERR_SHAPE if it is empty, ERR_VALUE on NaN */
export function sortedScores(scores: Scores, name: string): Float64Array {
  if (scores.length === 0) {
    throw new SynoodError('ERR_SHAPE', `${name} is empty; a metric needs at least one score on either side.`);
  }
  const sorted = new Float64Array(scores).sort();
  // NaN sorts behind everything else.
  if (Number.isNaN(sorted[sorted.length - 1])) {
    let bad = 0;
    while (!Number.isNaN(scores[bad])) bad++;
    throw new SynoodError('ERR_VALUE', `${name}[${bad}] is NaN; a detector must give every image a number.`);
  }
  return sorted;
}

/** Merges both lists into groups of equal scores; O(n log n). */
export function rankGroups(inScores: Scores, outScores: Scores): RankedGroups {
  const ins = sortedScores(inScores, 'inScores');
  const outs = sortedScores(outScores, 'outScores');
  const size = ins.length + outs.length;
  const scores = new Float64Array(size);
  const inCounts = new Float64Array(size);
  const outCounts = new Float64Array(size);
  let groups = 0;
  for (let i = ins.length - 1, o = outs.length - 1; i >= 0 || o >= 0; groups++) {
    const [inScore, outScore] = [i >= 0 ? ins[i]! : -Infinity, o >= 0 ? outs[o]! : -Infinity];
    const score = inScore > outScore ? inScore : outScore;
    scores[groups] = score;
    let [inCount, outCount] = [0, 0];
    for (; i >= 0 && ins[i] === score; i--) inCount++;
    for (; o >= 0 && outs[o] === score; o--) outCount++;
    inCounts[groups] = inCount;
    outCounts[groups] = outCount;
  }
  return {
    scores: scores.subarray(0, groups),
    inCounts: inCounts.subarray(0, groups),
    outCounts: outCounts.subarray(0, groups),
    inTotal: ins.length,
    outTotal: outs.length,
  };
}

/** The same groups with out-of-distribution as the positive class: from the lowest score up. */
export function swapRoles(groups: RankedGroups): RankedGroups {
  return {
    scores: groups.scores.map((score) => -score).reverse(),
    inCounts: groups.outCounts.slice().reverse(),
    outCounts: groups.inCounts.slice().reverse(),
    inTotal: groups.outTotal,
    outTotal: groups.inTotal,
  };
}
