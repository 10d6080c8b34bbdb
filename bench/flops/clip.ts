import type {VISION_B16} from '../models/clip-b16.js';
import {attention, linear} from './layers.js';

/** Of CLIP's vision tower on so many images. */
export function visionFlops(config: typeof VISION_B16, images: number): number {
  const {hidden_size: width, intermediate_size: inner, patch_size: patch, image_size: side} = config;
  const patches = (side / patch) ** 2;
  const tokens = patches + 1;
  const layer =
    4 * linear(tokens, width, width) + 2 * linear(tokens, width, inner) + attention(1, tokens, tokens, width);
  const ends = linear(patches, 3 * patch * patch, width) + linear(1, width, config.projection_dim);
  return images * (config.num_hidden_layers * layer + ends);
}
