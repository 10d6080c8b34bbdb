import type {FloatTensor} from '../binding/contract.js';
import type {RgbImage} from '../data/image.js';
import type {Clip} from '../models/clip.js';
import {computeOf} from './computation.js';
import type {FeatureSpace} from './feature-space.js';

/** A model as a source of features: what encodeImages needs of it. */
export interface ImageEncoder {
  /** what its features depend on, for a bank */
  readonly space: FeatureSpace;
  /** images in each call of `encode`; a row's bits depend on it, not on the rows beside it */
  readonly batchSize: number;
  /** decoded pixels -> the model's input, (1, 3, H, W) */
  prepare(image: RgbImage): FloatTensor;
  /** (N, 3, H, W) -> (N, D) for each tensor of the space */
  encode(pixels: FloatTensor, signal?: AbortSignal): Promise<Record<string, FloatTensor>>;
}

/** CLIP's image features, "image" (N, D): the projection's output, not normalised. */
export async function clipImageEncoder(clip: Clip, batchSize = 32): Promise<ImageEncoder> {
  const {preprocess, preprocessing, config} = clip;
  const width = config.vision!.projectionDim || config.vision!.hiddenSize;
  return {
    space: {
      kind: 'clip-image',
      model: await clip.fingerprint(),
      preprocessing,
      compute: computeOf(clip.engine, batchSize),
      widths: {image: width},
    },
    batchSize,
    prepare: (image) => preprocess([image]),
    encode: async (pixels, signal) => ({image: await clip.encodeImages(pixels, {batchSize, signal})}),
  };
}
