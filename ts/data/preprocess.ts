import {SynoodError} from '../binding/errors.js';
import type {FloatTensor} from '../binding/contract.js';
import type {RgbImage} from './image.js';
import {resize, type ResampleFilter} from './resize.js';

export type {ResampleFilter} from './resize.js';

/** How a model wants its images, as transformers' image processors state it. Steps that are absent are not done. */
export interface ImagePreprocessing {
  /** The shorter side to this length, the proportions kept; or squashed to a rectangle. */
  resize?: {shortestEdge: number} | {width: number; height: number};
  filter: ResampleFilter;
  /** The centre; what lies outside the image is black. */
  crop?: {width: number; height: number};
  /**
   * Where half a pixel goes if the margins are odd: down (`floor`, transformers, the default) or to the even number
   * (`round`, torchvision and OpenAI's CLIP).
   */
  cropOffset?: 'floor' | 'round';
  /** Bytes are multiplied by it, then normalised by mean and std. */
  scale: number;
  mean: number[];
  std: number[];
}

/** Sizes after resizing the shorter side; the longer one is cut to an integer. */
function resizedSize(image: RgbImage, target: NonNullable<ImagePreprocessing['resize']>) {
  if ('width' in target) return target;
  const [short, long] = [Math.min(image.width, image.height), Math.max(image.width, image.height)];
  const newLong = Math.trunc((target.shortestEdge * long) / short);
  return image.width <= image.height
    ? {width: target.shortestEdge, height: newLong}
    : {width: newLong, height: target.shortestEdge};
}

function roundHalfToEven(value: number): number {
  const floor = Math.floor(value);
  const rest = value - floor;
  return rest > 0.5 || (rest === 0.5 && floor % 2 !== 0) ? floor + 1 : floor;
}

/** First row or column of the crop; negative if the image is smaller than it. */
function cropOffset(size: number, crop: number, rule: 'floor' | 'round'): number {
  if (size >= crop && rule === 'round') return roundHalfToEven((size - crop) / 2);
  return Math.floor((size - crop) / 2);
}

function centerCrop(image: RgbImage, width: number, height: number, rule: 'floor' | 'round'): RgbImage {
  const left = cropOffset(image.width, width, rule);
  const top = cropOffset(image.height, height, rule);
  const data = new Uint8Array(width * height * 3);
  const from = Math.max(0, left);
  const to = Math.min(image.width, left + width);
  for (let y = Math.max(0, -top); y < height && y + top < image.height; y++) {
    const row = (y + top) * image.width;
    data.set(image.data.subarray((row + from) * 3, (row + to) * 3), (y * width + from - left) * 3);
  }
  return {data, width, height};
}

/** Resized and cropped, still in bytes. */
export function resizeAndCrop(image: RgbImage, options: ImagePreprocessing): RgbImage {
  let result = image;
  if (options.resize) {
    const {width, height} = resizedSize(image, options.resize);
    result = resize(result, width, height, options.filter);
  }
  if (options.crop) {
    result = centerCrop(result, options.crop.width, options.crop.height, options.cropOffset ?? 'floor');
  }
  return result;
}

/** Interleaved bytes to planes of numbers: `(byte * scale - mean[c]) / std[c]`, through a table of the 256 bytes. */
function toPlanes(image: RgbImage, scale: number, mean: number[], std: number[], out: Float32Array): void {
  const size = image.width * image.height;
  for (let channel = 0; channel < 3; channel++) {
    const m = Math.fround(mean[channel]!);
    const s = Math.fround(std[channel]!);
    const table = Float32Array.from(
      {length: 256},
      (_, byte) => Math.fround(Math.fround(byte * scale) - m) / s,
    );
    const plane = out.subarray(channel * size, (channel + 1) * size);
    for (let i = 0, at = channel; i < size; i++, at += 3) plane[i] = table[image.data[at]!]!;
  }
}

/** Writes `count` equally sized images into one tensor. @throws SynoodError ERR_SHAPE if a size differs */
function stack(images: RgbImage[], scale: number, mean: number[], std: number[]): FloatTensor {
  const {width, height} = images[0] ?? {width: 0, height: 0};
  const size = 3 * width * height;
  const data = new Float32Array(images.length * size);
  images.forEach((image, index) => {
    if (image.width !== width || image.height !== height) {
      throw new SynoodError(
        'ERR_SHAPE',
        `Image ${index} is ${image.width} x ${image.height} after preprocessing, the first ${width} x ${height}; state a crop or a size.`,
      );
    }
    toPlanes(image, scale, mean, std, data.subarray(index * size, (index + 1) * size));
  });
  return {data, shape: [images.length, 3, height, width]};
}

/**
 * A model's input from decoded images, with the values of transformers' Pillow image processors.
 *
 * @returns (N, 3, height, width)
 * @throws SynoodError ERR_SHAPE if the images end up with different sizes
 */
export function preprocessImages(images: RgbImage[], options: ImagePreprocessing): FloatTensor {
  const ready = images.map((image) => resizeAndCrop(image, options));
  return stack(ready, options.scale, options.mean, options.std);
}

/**
 * A diffusion model's input: squashed to the size (the proportions are not kept), in [-1, 1].
 *
 * @returns (N, 3, height, width)
 */
export function preprocessForDiffusion(
  images: RgbImage[],
  width: number,
  height: number,
  filter: ResampleFilter = 'lanczos',
): FloatTensor {
  const half = [0.5, 0.5, 0.5];
  return stack(
    images.map((image) => resize(image, width, height, filter)),
    1 / 255,
    half,
    half,
  );
}

/**
 * An inpainting mask: resized, grey (ITU-R 601-2 luma, as Pillow), 1 where it is at least one half (to be painted).
 *
 * @returns (1, 1, height, width) of zeros and ones
 */
export function preprocessMask(mask: RgbImage, width: number, height: number): FloatTensor {
  const {data} = resize(mask, width, height, 'lanczos');
  const result = new Float32Array(width * height);
  for (let i = 0; i < result.length; i++) {
    const luma = (data[i * 3]! * 19595 + data[i * 3 + 1]! * 38470 + data[i * 3 + 2]! * 7471 + 0x8000) >> 16;
    result[i] = luma >= 127.5 ? 1 : 0;
  }
  return {data: result, shape: [1, 1, height, width]};
}
