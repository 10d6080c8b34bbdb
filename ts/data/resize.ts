import type {RgbImage} from './image.js';

/**
 * Image resizing with Pillow's results, byte for byte: separable, antialiased when it shrinks, 22-bit fixed-point
 * weights, rounded to bytes after the horizontal pass. CLIP was trained and is evaluated with it, and other
 * implementations of "bicubic" differ from it by enough to move scores.
 *
 * @see Pillow, src/libImaging/Resample.c
 */

export type ResampleFilter = 'bilinear' | 'bicubic' | 'lanczos';

interface Kernel {
  support: number;
  weight: (x: number) => number;
}

const sinc = (x: number): number => (x === 0 ? 1 : Math.sin(x * Math.PI) / (x * Math.PI));

function bicubic(x: number): number {
  const a = -0.5;
  const t = Math.abs(x);
  if (t < 1) return ((a + 2) * t - (a + 3)) * t * t + 1;
  return t < 2 ? (((t - 5) * t + 8) * t - 4) * a : 0;
}

const KERNELS: Record<ResampleFilter, Kernel> = {
  bilinear: {support: 1, weight: (x) => Math.max(0, 1 - Math.abs(x))},
  bicubic: {support: 2, weight: bicubic},
  lanczos: {support: 3, weight: (x) => (x >= -3 && x < 3 ? sinc(x) * sinc(x / 3) : 0)},
};

const PRECISION_BITS = 22;
const HALF = 1 << (PRECISION_BITS - 1);

interface Coefficients {
  /** First input position of each output position. */
  first: Int32Array;
  /** How many input positions each output position takes. */
  count: Int32Array;
  /** Fixed-point weights, `width` places for each output position. */
  weights: Int32Array;
  width: number;
}

function coefficients(from: number, to: number, kernel: Kernel): Coefficients {
  const scale = from / to;
  const filterScale = Math.max(scale, 1);
  const support = kernel.support * filterScale;
  const width = Math.ceil(support) * 2 + 1;
  const first = new Int32Array(to);
  const count = new Int32Array(to);
  const weights = new Int32Array(to * width);
  const exact = new Float64Array(width);
  for (let out = 0; out < to; out++) {
    const center = (out + 0.5) * scale;
    const begin = Math.max(0, Math.trunc(center - support + 0.5));
    const end = Math.min(from, Math.trunc(center + support + 0.5));
    let sum = 0;
    for (let i = 0; i < end - begin; i++) {
      exact[i] = kernel.weight((i + begin - center + 0.5) * (1 / filterScale));
      sum += exact[i]!;
    }
    for (let i = 0; i < end - begin; i++) {
      const weight = sum === 0 ? exact[i]! : exact[i]! / sum;
      weights[out * width + i] = Math.trunc(weight * (1 << PRECISION_BITS) + (weight < 0 ? -0.5 : 0.5));
    }
    first[out] = begin;
    count[out] = end - begin;
  }
  return {first, count, weights, width};
}

function toByte(sum: number): number {
  const value = sum >> PRECISION_BITS;
  return value < 0 ? 0 : value > 255 ? 255 : value;
}

/** Three channels at once: a loop over channels inside would take twice as long. */
function resizeRows(
  source: Uint8Array,
  height: number,
  from: number,
  to: number,
  kernel: Kernel,
): Uint8Array {
  const {first, count, weights, width} = coefficients(from, to, kernel);
  const result = new Uint8Array(height * to * 3);
  for (let x = 0; x < to; x++) {
    const begin = x * width;
    const end = begin + count[x]!;
    const start = first[x]! * 3;
    for (let y = 0; y < height; y++) {
      let red = HALF;
      let green = HALF;
      let blue = HALF;
      for (let i = begin, at = y * from * 3 + start; i < end; i++, at += 3) {
        const weight = weights[i]!;
        red = (red + Math.imul(source[at]!, weight)) | 0;
        green = (green + Math.imul(source[at + 1]!, weight)) | 0;
        blue = (blue + Math.imul(source[at + 2]!, weight)) | 0;
      }
      const out = (y * to + x) * 3;
      result[out] = toByte(red);
      result[out + 1] = toByte(green);
      result[out + 2] = toByte(blue);
    }
  }
  return result;
}

function resizeColumns(source: Uint8Array, rowLength: number, from: number, to: number, kernel: Kernel) {
  const {first, count, weights, width} = coefficients(from, to, kernel);
  const result = new Uint8Array(to * rowLength);
  const sums = new Int32Array(rowLength);
  for (let y = 0; y < to; y++) {
    sums.fill(HALF);
    for (let i = 0; i < count[y]!; i++) {
      const weight = weights[y * width + i]!;
      const start = (first[y]! + i) * rowLength;
      for (let x = 0; x < rowLength; x++) sums[x] = (sums[x]! + Math.imul(source[start + x]!, weight)) | 0;
    }
    for (let x = 0; x < rowLength; x++) result[y * rowLength + x] = toByte(sums[x]!);
  }
  return result;
}

/**
 * Resizes an 8-bit RGB image as Pillow's Image.resize does.
 *
 * @returns an image of the new size, with the same array if the size does not change
 */
export function resize(image: RgbImage, width: number, height: number, filter: ResampleFilter): RgbImage {
  const kernel = KERNELS[filter];
  let data = image.data;
  if (width !== image.width) data = resizeRows(data, image.height, image.width, width, kernel);
  if (height !== image.height) data = resizeColumns(data, width * 3, image.height, height, kernel);
  return {data, width, height};
}
