import {SynoodError} from '../binding/errors.js';
import {type ImagePreprocessing, preprocessImages} from '../data/preprocess.js';
import {computeOf} from '../features/computation.js';
import {clipImageEncoder, type ImageEncoder} from '../features/image-encoder.js';
import type {Classifier} from '../models/classifier.js';
import type {Clip} from '../models/clip.js';
import type {Reading} from './readings.js';

/** The models that images are read with. */
export interface ReadingModels {
  clip?: Clip;
  classifier?: {
    model: Classifier;
    preprocessing: ImagePreprocessing;
    /** of its folder */
    fingerprint: string;
    /** penultimate features, and classes */
    widths: {features: number; logits: number};
  };
}

/** How many images a model takes at once unless told otherwise. */
export const READING_BATCH = 32;

/**
 * A reading as an encoder of images, whose features a bank can keep.
 *
 * @returns the encoder, and the name of its one tensor
 * @throws SynoodError ERR_CONFIG if there is no such model
 */
export async function readingEncoder(
  {clip, classifier}: ReadingModels,
  reading: Reading,
  batchSize = READING_BATCH,
): Promise<{encoder: ImageEncoder; tensor: string}> {
  if (reading.of === 'clip') {
    if (!clip) throw new SynoodError('ERR_CONFIG', 'This detector reads images with CLIP; give it a model.');
    return {encoder: await clipImageEncoder(clip, batchSize), tensor: 'image'};
  }
  if (!classifier) {
    throw new SynoodError('ERR_CONFIG', 'This detector reads images with a classifier; give it a model.');
  }
  const {model, preprocessing, fingerprint, widths} = classifier;
  const common = {
    batchSize,
    prepare: (image: Parameters<ImageEncoder['prepare']>[0]) => preprocessImages([image], preprocessing),
  };
  const space = {model: fingerprint, preprocessing, compute: computeOf(model.engine, batchSize)};
  if (reading.of === 'classifier') {
    const encoder: ImageEncoder = {
      ...common,
      space: {...space, kind: 'classifier-features', widths: {features: widths.features}},
      encode: async (pixels, signal) => ({features: await model.features(pixels, {batchSize, signal})}),
    };
    return {encoder, tensor: 'features'};
  }
  const {temperature, epsilon} = reading;
  const options = {temperature, epsilon, std: preprocessing.std, batchSize};
  const encoder: ImageEncoder = {
    ...common,
    space: {...space, kind: `odin T=${temperature} epsilon=${epsilon}`, widths: {logits: widths.logits}},
    encode: async (pixels, signal) => ({
      logits: await model.engine.run((native) => native.odinLogits(model.native, pixels, options), signal),
    }),
  };
  return {encoder, tensor: 'logits'};
}
