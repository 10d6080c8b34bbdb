import {SynoodError} from '../binding/errors.js';
import type {Region} from './region.js';

/** What inpainting replaces, as users give it: row by row, one number a pixel. */
export interface Mask {
  /** bytes 0 to 255, or numbers 0 to 1: from one half on (128, 0.5) the pixel is replaced */
  data: Float32Array | Uint8Array;
  width: number;
  height: number;
  /** of a two-colour or palette file, which Pillow resizes without mixing its values */
  resample?: 'nearest';
}

/** A checked mask of 0 and 255, nothing in between. */
export interface BinaryMask extends Mask {
  data: Uint8Array;
}

const isSize = (value: number): boolean => Number.isInteger(value) && value > 0;

function checkSize({data, width, height}: Mask): void {
  if (isSize(width) && isSize(height) && data.length === width * height) return;
  throw new SynoodError(
    'ERR_SHAPE',
    `Expected a mask of ${width} x ${height} to hold ${width * height} numbers, at least one; got ${data.length}.`,
  );
}

/**
 * A mask as diffusers' VaeImageProcessor binarises it: from one half on a pixel is replaced.
 *
 * @throws SynoodError ERR_SHAPE if its size is not that of its data, ERR_VALUE on numbers outside [0, 1] and NaN
 */
export function binarise(mask: Mask): BinaryMask {
  checkSize(mask);
  const {data, width, height, resample} = mask;
  const result = new Uint8Array(data.length);
  if (data instanceof Uint8Array) {
    for (let i = 0; i < result.length; i++) result[i] = data[i]! >= 128 ? 255 : 0;
  } else {
    for (let i = 0; i < result.length; i++) {
      const value = data[i]!;
      if (!(value >= 0 && value <= 1)) {
        throw new SynoodError(
          'ERR_VALUE',
          `Expected a mask of numbers between 0 and 1, got ${value} at pixel ${i % width}, ${Math.floor(i / width)}.`,
        );
      }
      result[i] = value >= 0.5 ? 255 : 0;
    }
  }
  return {data: result, width, height, resample};
}

/** Everything is replaced. */
export function fullMask(width: number, height: number): BinaryMask {
  const mask = {data: new Uint8Array(width * height).fill(255), width, height};
  checkSize(mask);
  return mask;
}

/**
 * A rectangle is replaced; what of it lies outside the image is left away.
 *
 * @throws SynoodError ERR_VALUE if nothing of it lies within, or its ends are not whole numbers
 */
export function boxMask(width: number, height: number, box: Region): BinaryMask {
  const [left, right] = [Math.max(0, box.left), Math.min(width, box.right)];
  const [top, bottom] = [Math.max(0, box.top), Math.min(height, box.bottom)];
  const whole = [box.left, box.top, box.right, box.bottom].every(Number.isInteger);
  if (!whole || left >= right || top >= bottom) {
    throw new SynoodError(
      'ERR_VALUE',
      `Expected a box of whole pixels that overlaps the ${width} x ${height} image, got ${box.left}, ${box.top} to ${box.right}, ${box.bottom}.`,
    );
  }
  const data = new Uint8Array(width * height);
  for (let y = top; y < bottom; y++) data.fill(255, y * width + left, y * width + right);
  return {data, width, height};
}

/** What was kept is replaced, and the other way round. */
export function invertMask(mask: Mask): BinaryMask {
  const {data, ...rest} = binarise(mask);
  return {...rest, data: data.map((value) => 255 - value)};
}

/** How many pixels are replaced. */
export function maskArea(mask: Mask): number {
  return binarise(mask).data.reduce((count, value) => count + (value === 0 ? 0 : 1), 0);
}

/** The smallest rectangle around all pixels that are replaced; undefined where there is none. */
export function boundingBox(mask: Mask): Region | undefined {
  const {data, width, height} = binarise(mask);
  const box: Region = {left: width, top: height, right: 0, bottom: 0};
  for (let y = 0; y < height; y++) {
    const row = data.subarray(y * width, (y + 1) * width);
    const first = row.indexOf(255);
    if (first < 0) continue;
    box.left = Math.min(box.left, first);
    box.right = Math.max(box.right, row.lastIndexOf(255) + 1);
    box.top = Math.min(box.top, y);
    box.bottom = y + 1;
  }
  return box.bottom > 0 ? box : undefined;
}
