import type {FloatTensor} from '../binding/contract.js';
import {SynoodError} from '../binding/errors.js';
import type {EngineCore} from '../engine/engine-core.js';
import {sampleSeed} from '../synthesis/sample-seed.js';

export interface NegMiningOptions {
  /** of a candidate's cosines to all classes; default 0.95 */
  quantile?: number;
  /** of the candidates that is kept, the farthest first; default 0.15 */
  share?: number;
  signal?: AbortSignal;
}

/** Candidates that are kept, the farthest from the classes first. */
export interface MinedCandidates {
  /** rows of the candidates */
  rows: number[];
  /** of each of them, the quantile of its cosines to the classes */
  similarities: number[];
}

/**
 * NegMining (Jiang et al., "Negative label guided OOD detection with pretrained vision-language models", 2024): of the candidates
 * those whose cosine to the classes, at a quantile over the classes, is lowest. Equal ones in their own order. Nouns and
 * adjectives are mined apart, since their prompts differ.
 *
 * @param candidates  (M, D) text features of the candidates' prompts; in blocks of rows, so M is bounded by the features alone
 * @param classes     (C, D) text features of the in-distribution labels' prompts
 * @returns floor(share * M) rows, at least one
 * @throws SynoodError ERR_SHAPE if the widths differ or a side is empty, ERR_VALUE if quantile or share is no such number
 */
export async function mineNegatives(
  engine: EngineCore,
  candidates: FloatTensor,
  classes: FloatTensor,
  {quantile = 0.95, share = 0.15, signal}: NegMiningOptions = {},
): Promise<MinedCandidates> {
  if (!(share > 0 && share <= 1)) {
    throw new SynoodError('ERR_VALUE', `Expected a share above 0 and at most 1, got ${share}.`);
  }
  const {data} = await engine.run(
    (native) => native.candidateDistances(candidates, classes, quantile),
    signal,
  );
  const rows = Array.from(data.keys()).sort((a, b) => data[a]! - data[b]! || a - b);
  rows.length = Math.max(1, Math.floor(share * rows.length));
  return {rows, similarities: rows.map((row) => data[row]!)};
}

/**
 * The order in which negative labels fall into groups. It depends on the seed and the labels' names alone, not on their order, and
 * is stored beside them.
 *
 * @param names  without doubles
 */
export function groupPermutation(names: readonly string[], seed: number): number[] {
  const keys = names.map((name) => sampleSeed(seed, `permutation\0${name}`));
  return names.map((_, index) => index).sort((a, b) => (keys[a]! < keys[b]! ? -1 : 1));
}
