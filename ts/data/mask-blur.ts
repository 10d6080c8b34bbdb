import {SynoodError} from '../binding/errors.js';
import {binarise, type BinaryMask, boundingBox, type Mask} from './mask.js';
import {cutRegion, heightOf, type Region, widthOf} from './region.js';

/** Weights of a Gaussian, cut off at four sigma, that sum to one. */
function gaussian(sigma: number): Float64Array {
  const radius = Math.ceil(4 * sigma);
  const weights = Float64Array.from({length: 2 * radius + 1}, (_, i) =>
    Math.exp(-((i - radius) ** 2) / (2 * sigma * sigma)),
  );
  const sum = weights.reduce((total, weight) => total + weight, 0);
  return weights.map((weight) => weight / sum);
}

/** One line of `length` numbers, `stride` apart; beyond its ends the outermost value goes on. */
function blurLine(
  source: Float32Array,
  target: Float32Array,
  start: number,
  stride: number,
  length: number,
  weights: Float64Array,
): void {
  const radius = (weights.length - 1) / 2;
  for (let i = 0; i < length; i++) {
    let sum = 0;
    for (let k = -radius; k <= radius; k++) {
      const at = Math.min(length - 1, Math.max(0, i + k));
      sum += weights[k + radius]! * source[start + at * stride]!;
    }
    target[start + i * stride] = sum;
  }
}

/**
 * Gaussian blur of numbers in rows; beyond the border the outermost value goes on.
 *
 * @param only  'columns' leaves the rows as they are
 */
export function blurValues(
  values: Float32Array,
  width: number,
  height: number,
  sigma: number,
  only?: 'columns',
): Float32Array {
  const weights = gaussian(sigma);
  const rows = only === 'columns' ? values : new Float32Array(values.length);
  const result = new Float32Array(values.length);
  if (only !== 'columns')
    for (let y = 0; y < height; y++) blurLine(values, rows, y * width, 1, width, weights);
  for (let x = 0; x < width; x++) blurLine(rows, result, x, width, height, weights);
  return result;
}

/**
 * Gaussian blur; at the image's border the mask goes on as it is there, so a full mask stays full.
 *
 * @param sigma  standard deviation in pixels; 0 changes nothing
 * @returns numbers from 0 to 1
 * @throws SynoodError ERR_VALUE if sigma is negative or not finite
 */
export function blurMask(mask: Mask, sigma: number): Mask & {data: Float32Array} {
  if (!(sigma >= 0) || !Number.isFinite(sigma)) {
    throw new SynoodError('ERR_VALUE', `Expected a blur of zero or more pixels, got ${sigma}.`);
  }
  const {data, width, height} = binarise(mask);
  const source = Float32Array.from(data, (value) => value / 255);
  if (sigma === 0) return {data: source, width, height};
  return {data: blurValues(source, width, height, sigma), width, height};
}

/** The mask's bounding box and a pixel around it: beyond that the mask goes on as it is at this border. */
function surroundings(mask: Mask): Region | undefined {
  const box = boundingBox(mask);
  return (
    box && {
      left: Math.max(0, box.left - 1),
      top: Math.max(0, box.top - 1),
      right: Math.min(mask.width, box.right + 1),
      bottom: Math.min(mask.height, box.bottom + 1),
    }
  );
}

/** max(2 * blurred - 1, 0) inside the mask. */
function insideWeights({data, width, height}: BinaryMask, sigma: number): Float32Array {
  for (let used = sigma; ; used = used > 0.3 ? used / 2 : 0) {
    let largest = 0;
    const weights = blurMask({data, width, height}, used).data.map((value, i) => {
      const weight = data[i] === 0 ? 0 : Math.max(0, 2 * value - 1);
      largest = Math.max(largest, weight);
      return weight;
    });
    if (largest >= 0.5 || used === 0) return weights;
  }
}

/**
 * How much of a new picture shows at each pixel, for pasting it back: 0 wherever the mask keeps the old one, rising
 * smoothly from the mask's edge to 1 inside, 2*max(blurred - 1/2, 0). A mask too thin for the blur is blurred less.
 */
export function edgeWeights(mask: Mask, sigma: number): Float32Array {
  const binary = binarise(mask);
  const result = new Float32Array(binary.data.length);
  const region = surroundings(binary);
  if (!region) return result;
  const [width, height] = [widthOf(region), heightOf(region)];
  const part = {data: cutRegion(binary.data, binary.width, region, 1), width, height};
  const weights = insideWeights(part, sigma);
  for (let y = 0; y < height; y++) {
    result.set(weights.subarray(y * width, (y + 1) * width), (region.top + y) * binary.width + region.left);
  }
  return result;
}
