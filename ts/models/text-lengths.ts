import type {Tensor} from '../binding/contract.js';
import type {TokenIds} from './tokenizer.js';

/** Lengths at which texts are computed; longer ones at the tokenizer's own. */
const LENGTHS = [8, 12, 16, 24, 32, 48];

/** Rows of one computed length. */
export interface EqualLength {
  ids: Tensor<BigInt64Array>;
  /** their places in the whole */
  rows: number[];
}

/**
 * Tokenised texts in groups of one length each, cut behind their ends. One place of padding stays: models that pool at the largest
 * id see whatever they saw first.
 */
export function byLength({ids, shape: [, width], lengths}: TokenIds): EqualLength[] {
  const groups = new Map<number, number[]>();
  lengths.forEach((length, row) => {
    const computed = Math.min(width, LENGTHS.find((one) => one > length) ?? width);
    const rows = groups.get(computed);
    if (rows) rows.push(row);
    else groups.set(computed, [row]);
  });
  return [...groups].map(([length, rows]) => {
    const data = new BigInt64Array(rows.length * length);
    rows.forEach((row, at) => data.set(ids.subarray(row * width, row * width + length), at * length));
    return {ids: {data, shape: [rows.length, length]}, rows};
  });
}
