import {SynoodError} from '../binding/errors.js';
import {binarise, type BinaryMask, type Mask} from './mask.js';

/** One row, each replaced pixel grown by `reach` to both sides, into `target`. */
function growRow(row: Uint8Array, reach: number, target: Uint8Array): void {
  for (let x = row.indexOf(255); x >= 0; x = row.indexOf(255, x)) {
    let end = row.indexOf(0, x);
    if (end < 0) end = row.length;
    target.fill(255, Math.max(0, x - reach), Math.min(row.length, end + reach));
    x = end;
    if (x >= row.length) return;
  }
}

/**
 * Replaces also what lies within `radius` pixels of a replaced pixel: morphological dilation with a disc,
 * dx^2 + dy^2 <= radius^2.
 *
 * @throws SynoodError ERR_VALUE if the radius is negative or not finite
 */
export function dilateMask(mask: Mask, radius: number): BinaryMask {
  if (!(radius >= 0) || !Number.isFinite(radius)) {
    throw new SynoodError('ERR_VALUE', `Expected to dilate by zero or more pixels, got ${radius}.`);
  }
  const binary = binarise(mask);
  const {data, width, height} = binary;
  const result = new Uint8Array(data.length);
  const reach = Math.floor(radius);
  for (let y = 0; y < height; y++) {
    const row = data.subarray(y * width, (y + 1) * width);
    if (!row.includes(255)) continue;
    for (let dy = Math.max(-reach, -y); dy <= reach && y + dy < height; dy++) {
      const target = result.subarray((y + dy) * width, (y + dy + 1) * width);
      growRow(row, Math.floor(Math.sqrt(radius * radius - dy * dy)), target);
    }
  }
  return {...binary, data: result};
}
