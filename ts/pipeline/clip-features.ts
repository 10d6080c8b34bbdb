import type {FloatTensor} from '../binding/contract.js';
import type {RgbImage} from '../data/image.js';
import type {Clip} from '../models/clip.js';
import {type NamedImage, readImages} from './read-images.js';
import type {RunContext} from './run-context.js';

/** The features of those images of a set that can be read. */
export interface ImageFeatures<T extends NamedImage> {
  items: T[];
  /** (N, D), the projection's output, not normalised */
  features: FloatTensor;
}

/** Images that are preprocessed before CLIP takes them. */
const CHUNK = 64;

export interface FeatureOptions {
  /** what messages call the images */
  set: string;
  /** done to each decoded image, or to several at once */
  change?: (images: RgbImage[]) => Promise<RgbImage[]>;
  onImage?: () => void;
}

/** CLIP's image features, images read ahead of the model. An image that cannot be read is named and left out. */
export async function clipFeatures<T extends NamedImage>(
  run: RunContext,
  clip: Clip,
  images: readonly T[],
  options: FeatureOptions,
): Promise<ImageFeatures<T>> {
  const items: T[] = [];
  const parts: Float32Array[] = [];
  let chunk: RgbImage[] = [];
  let width = 0;
  const flush = async () => {
    if (chunk.length === 0) return;
    const ready = options.change ? await options.change(chunk) : chunk;
    const pixels = clip.preprocess(ready);
    const {data, shape} = await clip.encodeImages(pixels, {
      batchSize: run.config.engine.batchSize,
      signal: run.signal,
    });
    width = shape[1]!;
    parts.push(data);
    chunk = [];
  };
  for await (const {item, image} of readImages(run, options.set, images)) {
    items.push(item);
    chunk.push(image);
    if (chunk.length === CHUNK) await flush();
    options.onImage?.();
  }
  await flush();
  return {items, features: joinRows(parts, width)};
}

/** Prompts' text features (N, D), a part at a time so that a long vocabulary stops when it is told to. */
export async function textFeatures(
  run: RunContext,
  clip: Clip,
  prompts: readonly string[],
): Promise<FloatTensor> {
  const parts: Float32Array[] = [];
  let width = 0;
  for (let at = 0; at < prompts.length; at += 512) {
    const {data, shape} = await clip.encodeText(prompts.slice(at, at + 512), {
      batchSize: run.config.engine.batchSize,
      signal: run.signal,
    });
    width = shape[1]!;
    parts.push(data);
  }
  return joinRows(parts, width);
}

export function joinRows(parts: readonly Float32Array[], width: number): FloatTensor {
  const length = parts.reduce((sum, part) => sum + part.length, 0);
  const data = new Float32Array(length);
  let at = 0;
  for (const part of parts) {
    data.set(part, at);
    at += part.length;
  }
  return {data, shape: [width === 0 ? 0 : length / width, width]};
}

/** Some rows of a matrix, in the order asked for. */
export function takeRows({data, shape}: FloatTensor, rows: readonly number[]): FloatTensor {
  const width = shape[1]!;
  const taken = new Float32Array(rows.length * width);
  rows.forEach((row, at) => taken.set(data.subarray(row * width, (row + 1) * width), at * width));
  return {data: taken, shape: [rows.length, width]};
}

/** Of each row the place of its largest value, the first of equals. */
export function argmaxRows({data, shape}: FloatTensor): number[] {
  const [count, width] = shape as [number, number];
  return Array.from({length: count}, (_, row) => {
    let best = 0;
    for (let at = 1; at < width; at++) {
      if (data[row * width + at]! > data[row * width + best]!) best = at;
    }
    return best;
  });
}

/** A prompt from a template with "{}". */
export const fillTemplate = (template: string, name: string): string => template.replace('{}', () => name);
