import {SynoodError} from '../../binding/errors.js';
import {decodeImage} from '../../data/image.js';
import {mapAhead} from '../../data/map-ahead.js';
import {type ImagePreprocessing, resizeAndCrop} from '../../data/preprocess.js';
import {abortError} from '../../engine/native-call.js';
import type {NamedTensor} from '../../binding/contract.js';
import type {LeftOut} from '../jobs/job.js';
import {named, type SampleSource} from './source.js';

const PIXEL_MEMORY = 512 * 2 ** 20;
const DECODED_AHEAD = 6;

export interface PixelOptions {
  preprocessing: ImagePreprocessing;
  /** what goes with each image, by its place among the images that were kept */
  beside: (kept: readonly number[], samples: readonly number[]) => NamedTensor[];
  /**
   * In bytes: up to here all pixels are decoded once and stay, more are decoded again in every epoch, beside the training.
   * Default: 512 MB
   */
  memory?: number;
  signal?: AbortSignal;
  onPrepare?: (done: number, total: number) => void;
}

interface Images {
  paths: readonly string[];
  preprocessing: ImagePreprocessing;
}

/** One image as planes of bytes. */
async function planes(path: string, preprocessing: ImagePreprocessing, out: Uint8Array): Promise<void> {
  const {data} = resizeAndCrop(await decodeImage(path), preprocessing);
  const area = data.length / 3;
  if (data.length !== out.length) {
    throw new SynoodError(
      'ERR_IMAGE',
      `${path}: expected ${out.length / 3} pixels after resizing, got ${area}.`,
    );
  }
  for (let pixel = 0; pixel < area; pixel++) {
    for (let channel = 0; channel < 3; channel++) out[channel * area + pixel] = data[pixel * 3 + channel]!;
  }
}

async function readPixels(
  {paths, preprocessing}: Images,
  size: number,
  signal: AbortSignal | undefined,
  onImage?: (at: number, failed?: SynoodError) => void,
): Promise<Uint8Array> {
  const data = new Uint8Array(paths.length * size);
  const done = mapAhead(paths.keys(), DECODED_AHEAD, async (at) => {
    if (signal?.aborted) throw abortError(signal);
    try {
      await planes(paths[at]!, preprocessing, data.subarray(at * size, (at + 1) * size));
      return {at};
    } catch (error) {
      if (!onImage || !(error instanceof SynoodError) || error.code !== 'ERR_IMAGE') throw error;
      return {at, failed: error};
    }
  });
  for await (const {at, failed} of done) onImage?.(at, failed);
  return data;
}

/**
 * Images as 8-bit pixels `pixels` (N, 3, H, W); the core normalises and augments them. Images that cannot be read are left
 * out and told.
 */
export async function pixelSource(
  paths: readonly string[],
  options: PixelOptions,
): Promise<{source: SampleSource; kept: number[]; leftOut: LeftOut[]}> {
  const {preprocessing, beside, memory = PIXEL_MEMORY, signal, onPrepare} = options;
  const [width, height] = sizeOf(preprocessing);
  const size = 3 * width * height;
  const pixels = (data: Uint8Array, count: number) =>
    named({pixels: {data, shape: [count, 3, height, width]}});
  if (paths.length * size > memory) {
    const kept = [...paths.keys()];
    const read = async (samples: readonly number[], _epoch: number, stop?: AbortSignal) => {
      const chosen = {paths: samples.map((sample) => paths[sample]!), preprocessing};
      return [...pixels(await readPixels(chosen, size, stop), samples.length), ...beside(kept, samples)];
    };
    return {source: {count: paths.length, read}, kept, leftOut: []};
  }
  const leftOut: LeftOut[] = [];
  const kept: number[] = [];
  const data = await readPixels({paths, preprocessing}, size, signal, (at, failed) => {
    if (failed) leftOut.push({what: paths[at]!, reason: failed.message});
    else kept.push(at);
    onPrepare?.(at + 1, paths.length);
  });
  if (kept.length === 0)
    throw new SynoodError('ERR_IMAGE', `None of the ${paths.length} images can be read.`);
  kept.forEach((from, to) => {
    if (from !== to) data.copyWithin(to * size, from * size, (from + 1) * size);
  });
  const whole = [
    ...pixels(data.subarray(0, kept.length * size), kept.length),
    ...beside(kept, [...kept.keys()]),
  ];
  return {source: {count: kept.length, whole, read: () => Promise.resolve(whole)}, kept, leftOut};
}

function sizeOf({crop, resize}: ImagePreprocessing): [number, number] {
  if (crop) return [crop.width, crop.height];
  if (resize && 'width' in resize) return [resize.width, resize.height];
  throw new SynoodError(
    'ERR_CONFIG',
    'Expected a preprocessing that ends with one size: a crop, or a width and a height.',
  );
}
