import type {FloatTensor} from '../binding/contract.js';
import type {ImageInput} from '../data/image.js';
import {encodeImages} from '../features/encode-images.js';
import {stackRows} from '../models/model.js';
import {readingEncoder, type ReadingModels} from './reading-encoders.js';
import {type ImageReadings, type Reading, readingName} from './readings.js';

export interface ImageReadingsOptions {
  batchSize?: number;
  signal?: AbortSignal;
}

/**
 * Images as detectors see them, each reading computed when a detector first asks for it.
 *
 * @throws SynoodError (from `read`) ERR_IMAGE naming the image that cannot be read, ERR_CONFIG without the model
 */
export function imageReadings(
  models: ReadingModels,
  images: readonly ImageInput[],
  {batchSize, signal}: ImageReadingsOptions = {},
): ImageReadings {
  const made = new Map<string, Promise<FloatTensor>>();
  const compute = async (reading: Reading): Promise<FloatTensor> => {
    const {encoder, tensor} = await readingEncoder(models, reading, batchSize);
    const parts: FloatTensor[] = [];
    const sources = images.map((image, item) => ({item, image}));
    for await (const {features} of encodeImages(encoder, sources, {signal})) parts.push(features[tensor]!);
    if (parts.length === 0) return {data: new Float32Array(), shape: [0, encoder.space.widths[tensor]!]};
    return stackRows(parts);
  };
  return {
    count: images.length,
    read(reading) {
      const name = readingName(reading);
      let reads = made.get(name);
      if (!reads) made.set(name, (reads = compute(reading)));
      return reads;
    },
  };
}
