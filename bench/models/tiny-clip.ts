import {clipConfig} from '../../ts/worlds/emoji/training/model-configs.js';

/** Emoji World's CLIP: ViT of patch 8 on 64x64 pixels, width 128, 4 layers; text of width 128, 2 layers. */
export const TINY_CLIP = clipConfig({
  vocabSize: 1000,
  maxLength: 16,
  bosTokenId: 998,
  eosTokenId: 999,
  padTokenId: 999,
});
