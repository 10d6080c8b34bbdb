import type {FloatTensor} from '../binding/contract.js';
import type {RgbImage} from './image.js';
import {type ImagePreprocessing, preprocessImages} from './preprocess.js';

/** Of the images that OpenAI trained CLIP on, by channel. */
export const CLIP_MEAN = [0.48145466, 0.4578275, 0.40821073];
export const CLIP_STD = [0.26862954, 0.26130258, 0.27577711];

/** What transformers' CLIPImageProcessor does when a folder says nothing else. */
export function clipPreprocessing(imageSize = 224): ImagePreprocessing {
  return {
    resize: {shortestEdge: imageSize},
    filter: 'bicubic',
    crop: {width: imageSize, height: imageSize},
    scale: 1 / 255,
    mean: CLIP_MEAN,
    std: CLIP_STD,
  };
}

/** Decoded images -> the vision tower's input, (N, 3, S, S). */
export type ClipPreprocessor = (images: RgbImage[]) => FloatTensor;

/** @param options what the folder's preprocessor_config.json says; without it CLIP's own for `imageSize` */
export function clipPreprocessor(options?: ImagePreprocessing, imageSize = 224): ClipPreprocessor {
  const preprocessing = options ?? clipPreprocessing(imageSize);
  return (images) => preprocessImages(images, preprocessing);
}
