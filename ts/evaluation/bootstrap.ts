import {SynoodError} from '../binding/errors.js';
import {Random} from '../worlds/emoji/random.js';
import {aurocOf} from './auroc.js';
import {type FprDefinition, fprOfGroups} from './fpr-at-tpr.js';
import {rankGroups, type RankedGroups, type Scores} from './ranking.js';

export interface Interval {
  low: number;
  high: number;
}

export interface BootstrapOptions {
  /** how often the images are drawn anew */
  replicates: number;
  seed: number;
  /**
   * Which images the draws belong to. Lists with one name and one length are drawn alike: two detectors on the same
   * images, or two sets that are compared with the same in-distribution images, see the same draw at each replicate.
   */
  inName: string;
  outName: string;
  fpr?: FprDefinition;
}

/** AUROC and FPR95 of each replicate. */
export interface Replicates {
  auroc: Float64Array;
  fpr95: Float64Array;
}

/** Of each score the place of its group among the ranked ones. */
function placesOf(scores: Scores, ranked: Float64Array): Uint32Array {
  const place = new Map<number, number>();
  // A key of a Map takes -0 for 0, as the ranking does.
  ranked.forEach((score, index) => place.set(score, index));
  return Uint32Array.from(scores, (score) => place.get(score)!);
}

/** Draws as many images as there are, with replacement, and counts them by group. */
function draw(counts: Float64Array, places: Uint32Array, random: Random): void {
  counts.fill(0);
  for (let i = 0; i < places.length; i++) {
    counts[places[random.integer(places.length)]!]!++;
  }
}

/** The groups that the draw left something of. */
function occupied(inCounts: Float64Array, outCounts: Float64Array, into: RankedGroups): RankedGroups {
  let size = 0;
  for (let group = 0; group < inCounts.length; group++) {
    if (inCounts[group] === 0 && outCounts[group] === 0) continue;
    into.scores[size] = -group;
    into.inCounts[size] = inCounts[group]!;
    into.outCounts[size++] = outCounts[group]!;
  }
  return {
    ...into,
    scores: into.scores.subarray(0, size),
    inCounts: into.inCounts.subarray(0, size),
    outCounts: into.outCounts.subarray(0, size),
  };
}

/**
 * The stratified bootstrap: in- and out-of-distribution images are drawn with replacement, each list for itself, and both
 * metrics are computed again.
 *
 * @throws SynoodError ERR_SHAPE if a list is empty, ERR_VALUE on NaN or without replicates
 * @see Efron and Tibshirani, "An introduction to the bootstrap", 1993, chapter 13
 */
export function bootstrapMetrics(
  inScores: Scores,
  outScores: Scores,
  {replicates, seed, inName, outName, fpr = 'id-positive'}: BootstrapOptions,
): Replicates {
  if (!Number.isInteger(replicates) || replicates < 1) {
    throw new SynoodError('ERR_VALUE', `replicates must be at least 1, it is ${replicates}.`);
  }
  const groups = rankGroups(inScores, outScores);
  const size = groups.scores.length;
  const [inPlaces, outPlaces] = [placesOf(inScores, groups.scores), placesOf(outScores, groups.scores)];
  const [inRandom, outRandom] = [Random.of(seed, 'in', inName), Random.of(seed, 'out', outName)];
  const [inCounts, outCounts] = [new Float64Array(size), new Float64Array(size)];
  const room: RankedGroups = {
    ...groups,
    scores: new Float64Array(size),
    inCounts: new Float64Array(size),
    outCounts: new Float64Array(size),
  };
  const made: Replicates = {auroc: new Float64Array(replicates), fpr95: new Float64Array(replicates)};
  for (let replicate = 0; replicate < replicates; replicate++) {
    draw(inCounts, inPlaces, inRandom);
    draw(outCounts, outPlaces, outRandom);
    const drawn = occupied(inCounts, outCounts, room);
    made.auroc[replicate] = aurocOf(drawn);
    made.fpr95[replicate] = fprOfGroups(drawn, fpr);
  }
  return made;
}

/** Replicate by replicate. */
export const differences = (a: Float64Array, b: Float64Array): Float64Array =>
  a.map((value, index) => value - b[index]!);

/** The mean over several sets, replicate by replicate. */
export const meanReplicates = (lists: readonly Float64Array[]): Float64Array =>
  lists[0]!.map((_, index) => lists.reduce((sum, list) => sum + list[index]!, 0) / lists.length);

/** The percentile interval, linear between neighbours as NumPy's quantile. */
export function percentileInterval(values: Float64Array, level = 0.95): Interval {
  const sorted = Float64Array.from(values).sort();
  const at = (share: number): number => {
    const place = share * (sorted.length - 1);
    const below = sorted[Math.floor(place)]!;
    return below + (sorted[Math.ceil(place)]! - below) * (place - Math.floor(place));
  };
  return {low: at((1 - level) / 2), high: at((1 + level) / 2)};
}
