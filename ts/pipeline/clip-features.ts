import type {FloatTensor} from '../binding/contract.js';
import type {RgbImage} from '../data/image.js';
import {encodeImages, type ImageSource} from '../features/encode-images.js';
import {clipTextSpace, encodeTexts} from '../features/encode-texts.js';
import {FeatureBank} from '../features/feature-bank.js';
import type {FeatureStore} from '../features/feature-store.js';
import type {FeatureSpace} from '../features/feature-space.js';
import {clipImageEncoder, type ImageEncoder} from '../features/image-encoder.js';
import type {Clip} from '../models/clip.js';
import {leaveOutImage, type NamedImage} from './read-images.js';
import type {RunContext} from './run-context.js';

/** Of the run directory: features that later stages and runs take from there. */
export const FEATURES = 'features';

/** The features of those images of a set that can be read. */
export interface ImageFeatures<T extends NamedImage> {
  items: T[];
  /** (N, D), the projection's output, not normalised */
  features: FloatTensor;
}

export interface FeatureOptions {
  /** what messages call the images */
  set: string;
  /** done to decoded images, a batch at a time; `name` is all that its result depends on beside them */
  change?: {name: unknown; images: (images: RgbImage[]) => Promise<RgbImage[]>};
  onImage?: () => void;
}

/** Stored features of one space, of this run or of the bank that it shares with others. */
export async function featureStore(run: RunContext, space: FeatureSpace): Promise<FeatureStore> {
  const bank = await FeatureBank.open(run.config.data.features ?? run.directory.file(FEATURES));
  const store = await bank.store(space);
  for (const {path, reason} of store.damaged) run.leaveOut(`features: ${path}`, reason);
  return store;
}

/**
 * Features of a set's images by any encoder, kept in the run's feature bank. An image that cannot be read is named and
 * left out.
 *
 * @returns (N, D) for each tensor of the encoder's space
 */
export async function imageFeatures<T extends NamedImage>(
  run: RunContext,
  encoder: ImageEncoder,
  images: readonly T[],
  {set, change, onImage}: FeatureOptions,
): Promise<{items: T[]; tensors: Record<string, FloatTensor>}> {
  const {space} = encoder;
  const own = change
    ? {...encoder, space: {...space, preprocessing: {before: change.name, then: space.preprocessing}}}
    : encoder;
  await using store = await featureStore(run, own.space);
  const sources = images.map((item): ImageSource<T> => ({item, image: item.path, name: item.id}));
  const items: T[] = [];
  const names = Object.keys(space.widths);
  const parts = names.map((): Float32Array[] => []);
  const encoded = encodeImages(own, sources, {
    store,
    change: change?.images,
    signal: run.signal,
    onFailed: (item, error) => leaveOutImage(run, set, item.id, error),
  });
  for await (const {items: some, features} of encoded) {
    items.push(...some);
    names.forEach((name, at) => parts[at]!.push(features[name]!.data));
    for (let done = 0; done < some.length; done++) onImage?.();
  }
  const tensors = names.map((name, at) => [name, joinRows(parts[at]!, space.widths[name]!)] as const);
  return {items, tensors: Object.fromEntries(tensors)};
}

/** CLIP's image features; see imageFeatures. */
export async function clipFeatures<T extends NamedImage>(
  run: RunContext,
  clip: Clip,
  images: readonly T[],
  options: FeatureOptions,
): Promise<ImageFeatures<T>> {
  const encoder = await clipImageEncoder(clip, run.config.engine.batchSize);
  const {items, tensors} = await imageFeatures(run, encoder, images, options);
  return {items, features: tensors['image']!};
}

/** Prompts' text features (N, D), kept in the run's feature bank. */
export async function textFeatures(
  run: RunContext,
  clip: Clip,
  prompts: readonly string[],
  onProgress?: (done: number, total: number) => void,
): Promise<FloatTensor> {
  const {batchSize} = run.config.engine;
  await using store = await featureStore(run, await clipTextSpace(clip, batchSize));
  return await encodeTexts(clip, prompts, {store, batchSize, signal: run.signal, onProgress});
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
