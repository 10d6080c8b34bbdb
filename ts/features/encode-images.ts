import {readFile} from 'node:fs/promises';
import {SynoodError} from '../binding/errors.js';
import type {FloatTensor} from '../binding/contract.js';
import {decodeImage, type ImageInput, type RgbImage} from '../data/image.js';
import {mapAhead} from '../data/map-ahead.js';
import {abortError} from '../engine/native-call.js';
import {stackRows} from '../models/model.js';
import {contentKey} from './content-key.js';
import {spaceId} from './feature-space.js';
import type {FeatureStore} from './feature-store.js';
import type {ImageEncoder} from './image-encoder.js';

/** An image on its way, with whatever the caller knows it by. */
export interface ImageSource<T> {
  item: T;
  image: ImageInput;
  /** what messages call it; default: its path */
  name?: string;
}

export interface EncodeImagesOptions<T> {
  /** features that are there are read, others are added; of the same encoder's space */
  store?: FeatureStore;
  /** done to decoded images, a batch at a time, before the model's own preprocessing; the space must name it */
  change?: (images: RgbImage[]) => Promise<RgbImage[]>;
  /** told of an image that cannot be read, in order; without it that is an error */
  onFailed?: (item: T, error: SynoodError) => void;
  signal?: AbortSignal;
}

/** Some images in their order, and their features. */
export interface EncodedImages<T> {
  items: T[];
  /** (N, D) for each tensor of the encoder's space */
  features: Record<string, FloatTensor>;
  /** how many of them were in the store */
  stored: number;
}

/** Images that are decoded at once: libuv has four threads. More would only hold memory. */
const DECODED_AHEAD = 6;

/** Batches that are asked for at once: one is computed while the next one fills. */
const BATCHES_AHEAD = 2;

/** Stored images in a batch without a computation: enough to read them from the disk in long runs. */
const STORED_AT_ONCE = 512;

interface Loaded<T> {
  item: T;
  key?: string;
  stored?: boolean;
  image?: RgbImage;
  pixels?: FloatTensor;
  failed?: SynoodError;
}

const isImageError = (error: unknown): error is SynoodError =>
  error instanceof SynoodError && error.code === 'ERR_IMAGE';

/** A file is read once, for its key and for its pixels. What cannot be read is left to decodeImage to explain. */
async function bytesOf(image: ImageInput): Promise<ImageInput> {
  return typeof image === 'string' ? readFile(image).catch(() => image) : image;
}

async function load<T>(
  encoder: ImageEncoder,
  {item, image, name}: ImageSource<T>,
  {store, change}: EncodeImagesOptions<T>,
): Promise<Loaded<T>> {
  try {
    const content = await bytesOf(image);
    const key = store && typeof content !== 'string' ? contentKey(content) : undefined;
    if (key !== undefined && store!.has(key)) return {item, key, stored: true};
    const called = name ?? (typeof image === 'string' ? image : undefined);
    const decoded = await decodeImage(content, {name: called});
    return change ? {item, key, image: decoded} : {item, key, pixels: encoder.prepare(decoded)};
  } catch (error) {
    if (isImageError(error)) return {item, failed: error};
    throw error;
  }
}

/** Batches with as many images to compute as the model takes at once, or with many that are stored. */
async function* batchesOf<T>(
  loaded: AsyncIterable<Loaded<T>>,
  size: number,
): AsyncGenerator<Loaded<T>[], void, undefined> {
  let batch: Loaded<T>[] = [];
  let fresh = 0;
  for await (const one of loaded) {
    batch.push(one);
    if (!one.stored && !one.failed) fresh++;
    if (fresh < size && batch.length < STORED_AT_ONCE) continue;
    yield batch;
    batch = [];
    fresh = 0;
  }
  if (batch.length > 0) yield batch;
}

async function pixelsOf<T>(
  encoder: ImageEncoder,
  fresh: readonly Loaded<T>[],
  {change}: EncodeImagesOptions<T>,
): Promise<FloatTensor> {
  if (!change) return stackRows(fresh.map(({pixels}) => pixels!));
  return stackRows((await change(fresh.map(({image}) => image!))).map((image) => encoder.prepare(image)));
}

type Row = Record<string, Float32Array>;

/** Computes rows and keeps them. */
async function compute<T>(
  encoder: ImageEncoder,
  fresh: readonly Loaded<T>[],
  options: EncodeImagesOptions<T>,
): Promise<Row[]> {
  if (fresh.length === 0) return [];
  const tensors = await encoder.encode(await pixelsOf(encoder, fresh, options), options.signal);
  const rows = fresh.map((_, at) => {
    const row = Object.entries(tensors).map(([name, {data, shape}]) => {
      const width = shape[1]!;
      return [name, data.subarray(at * width, (at + 1) * width)] as const;
    });
    return Object.fromEntries(row);
  });
  for (const [at, {key}] of fresh.entries()) if (key) await options.store?.append(key, rows[at]!);
  return rows;
}

/** A stored row can turn out damaged when it is read: such an image is loaded again, and computed. */
async function rowsOf<T>(
  encoder: ImageEncoder,
  usable: readonly Loaded<T>[],
  sources: ReadonlyMap<Loaded<T>, ImageSource<T>>,
  options: EncodeImagesOptions<T>,
): Promise<{rows: Map<Loaded<T>, Row>; stored: number}> {
  const rows = new Map<Loaded<T>, Row>();
  const hits = usable.filter(({stored}) => stored);
  const read = (await options.store?.read(hits.map(({key}) => key!))) ?? [];
  const again: Loaded<T>[] = [];
  for (const [at, one] of hits.entries()) {
    const row = read[at];
    if (row) rows.set(one, row);
    else {
      const anew = await load(encoder, sources.get(one)!, {...options, store: undefined});
      again.push(Object.assign(one, anew, {key: one.key, stored: false}));
    }
  }
  const fresh = [...usable.filter(({stored}) => !stored), ...again.filter(({failed}) => !failed)];
  (await compute(encoder, fresh, options)).forEach((row, at) => rows.set(fresh[at]!, row));
  return {rows, stored: hits.length - again.length};
}

/**
 * Features of images from a source of any size, in its order. Decoding and resizing run beside the model, a bounded number of
 * images ahead of it; an image that cannot be read is told, and the rest goes on.
 *
 *     for await (const {items, features} of encodeImages(encoder, sources, {store})) …
 *
 * @param images  as they are needed: an array, a generator, a directory walk
 * @throws SynoodError ERR_IMAGE without `onFailed`; ERR_ABORTED; ERR_SHAPE if the store is another encoder's
 */
export async function* encodeImages<T>(
  encoder: ImageEncoder,
  images: Iterable<ImageSource<T>> | AsyncIterable<ImageSource<T>>,
  options: EncodeImagesOptions<T> = {},
): AsyncGenerator<EncodedImages<T>, void, undefined> {
  const {store, signal, onFailed} = options;
  if (store && spaceId(store.space) !== spaceId(encoder.space)) {
    throw new SynoodError('ERR_VALUE', 'The feature store is of another model, preprocessing or machine.');
  }
  const sources = new Map<Loaded<T>, ImageSource<T>>();
  const loaded = mapAhead(images, DECODED_AHEAD, async (source) => {
    if (signal?.aborted) throw abortError(signal);
    const one = await load(encoder, source, options);
    sources.set(one, source);
    return one;
  });
  const encoded = mapAhead(batchesOf(loaded, encoder.batchSize), BATCHES_AHEAD, async (batch) => {
    await store?.refreshSometimes();
    const usable = batch.filter(({failed}) => !failed);
    return {batch, ...(await rowsOf(encoder, usable, sources, options))};
  });
  for await (const {batch, rows, stored} of encoded) {
    for (const one of batch) {
      sources.delete(one);
      if (!one.failed) continue;
      if (!onFailed) throw one.failed;
      onFailed(one.item, one.failed);
    }
    const done = batch.filter((one) => rows.has(one));
    if (done.length === 0) continue;
    const features = Object.keys(encoder.space.widths).map((name) => {
      const parts = done.map((one) => ({
        data: rows.get(one)![name]!,
        shape: [1, encoder.space.widths[name]!],
      }));
      return [name, stackRows(parts)] as const;
    });
    yield {items: done.map(({item}) => item), features: Object.fromEntries(features), stored};
  }
  await store?.flush();
}
