import {createHash} from 'node:crypto';
import type {FeatureRow} from '../../ts/features/segment.js';
import type {FeatureSpace} from '../../ts/features/feature-space.js';

export const space = (model = 'a'): FeatureSpace => ({
  kind: 'test',
  model,
  preprocessing: {size: 32},
  compute: {device: 'cpu'},
  widths: {image: 6, logits: 3},
});

export const keyOf = (number: number): string => createHash('sha256').update(`image ${number}`).digest('hex');

/** Numbers that only this image has, so that a wrong row shows. */
export function rowOf(number: number): FeatureRow {
  const bytes = createHash('sha512').update(`row ${number}`).digest();
  const values = Float32Array.from({length: 9}, (_, at) => bytes.readInt32LE(at * 4) / 2 ** 31);
  return {image: values.subarray(0, 6), logits: values.subarray(6)};
}
