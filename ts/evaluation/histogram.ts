import {SynoodError} from '../binding/errors.js';
import {type Scores, sortedScores} from './ranking.js';

/** Counts of two lists of scores over the same bins. */
export interface ScoreHistogram {
  /** One more than there are bins. */
  edges: number[];
  inCounts: number[];
  outCounts: number[];
}

function count(sorted: Float64Array, low: number, width: number, bins: number): number[] {
  const counts = Array<number>(bins).fill(0);
  for (const score of sorted) counts[Math.min(bins - 1, Math.max(0, Math.floor((score - low) / width)))]!++;
  return counts;
}

/**
 * Histograms over equal bins from the lowest score to the highest. The highest score belongs to the last bin.
 *
 * @throws SynoodError ERR_SHAPE if a list is empty, ERR_VALUE on NaN, infinities or bins below 1
 */
export function scoreHistogram(inScores: Scores, outScores: Scores, bins = 40): ScoreHistogram {
  if (!Number.isInteger(bins) || bins < 1)
    throw new SynoodError('ERR_VALUE', `bins must be at least 1, it is ${bins}.`);
  const ins = sortedScores(inScores, 'inScores');
  const outs = sortedScores(outScores, 'outScores');
  const low = Math.min(ins[0]!, outs[0]!);
  const high = Math.max(ins[ins.length - 1]!, outs[outs.length - 1]!);
  if (!Number.isFinite(high - low)) {
    throw new SynoodError('ERR_VALUE', `A histogram needs finite scores, these go from ${low} to ${high}.`);
  }
  // Where all scores are equal, any width does.
  const width = high > low ? (high - low) / bins : 1 / bins;
  return {
    edges: Array.from({length: bins + 1}, (_, bin) => low + bin * width),
    inCounts: count(ins, low, width, bins),
    outCounts: count(outs, low, width, bins),
  };
}
