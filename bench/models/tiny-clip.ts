import {clipConfig} from '../../ts/worlds/emoji/training/model-configs.js';

const {vision_config: vision, ...rest} = clipConfig({
  vocabSize: 1000,
  maxLength: 16,
  bosTokenId: 998,
  eosTokenId: 999,
  padTokenId: 999,
});

/** Emoji World's CLIP at 64x64 pixels: ViT of patch 8, width 128, 4 layers; text of width 128, 2 layers. */
export const TINY_CLIP = {...rest, vision_config: {...vision, image_size: 64}};
