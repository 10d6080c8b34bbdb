import type {RunConfigInput} from './schema.js';

/**
 * What suits Emoji World's tiny models: 64x64 images, a CLIP whose text sides lie closer together than those of the real
 * one, and a handful of images.
 */
export const tinyModels: RunConfigInput = {
  synthesize: {
    batchSize: 8,
    steps: 12,
    // As published. What follows was chosen on the validation split, as the finetuning was: docs/emoji-world.md.
    strength: 0.6,
    guidanceScale: 8,
    stepSize: 0.1,
    maxIterations: 12,
    previews: 64,
  },
  mine: {share: 0.3},
  finetune: {
    // Their autoencoder blurs: without it the projection learns that sharp images are in-distribution.
    reencode: 'autoencoder',
    // A residual that begins at full length undoes what this CLIP knows.
    projection: {epochs: 20, batchSize: 64, initialGain: 0.1},
    labels: {epochs: 10, batchSize: 32, learningRate: 0.005},
  },
  evaluate: {groups: 5, temperature: 0.02},
};

/** The data and the size of a run on Emoji World that takes a few minutes on two cores. */
export const emojiWorld: RunConfigInput = {
  name: 'Emoji World',
  world: 'emoji',
  select: {perClass: 8},
  // One thing in each picture: two run into each other at this size, and a person recognises neither.
  contexts: {count: 1},
};
