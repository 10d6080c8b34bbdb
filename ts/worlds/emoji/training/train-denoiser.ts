import type {FloatTensor, NamedTensor} from '../../../binding/contract.js';
import type {AutoencoderKl} from '../../../models/autoencoder-kl.js';
import type {Clip} from '../../../models/clip.js';
import type {Engine} from '../../../models/engine.js';
import {parseSchedulerConfig} from '../../../models/scheduler-config.js';
import {Unet} from '../../../models/unet.js';
import {parseUnetConfig} from '../../../models/unet-config.js';
import {Trainer} from '../../../training/trainer.js';
import {sceneSize} from '../background.js';
import type {Drawings} from '../drawings.js';
import {Random} from '../random.js';
import {sceneBatch, type SceneBatch} from '../scenes.js';
import {contextConcepts, inDistribution} from '../splits.js';
import {drawMask, downsampleMask, maskedPixels} from './masks.js';
import {schedulerConfig, unetConfig} from './model-configs.js';
import {named, toSignedPixels} from './pixels.js';
import {runStage, type TrainingContext} from './stage.js';

const POOL = 1600;
const BATCH = 32;

export interface DenoiserParts {
  vae: AutoencoderKl;
  /** latents are multiplied by it */
  scalingFactor: number;
  clip: Clip;
  drawings: Drawings;
}

/**
 * An inpainting denoiser: masks of all kinds, conditioned on the caption. It knows the classes and the contexts, which prompts put in
 * their place, and no subject of a test set.
 *
 * @returns its averaged weights
 */
export async function trainDenoiser(
  context: TrainingContext,
  engine: Engine,
  parts: DenoiserParts,
  steps: number,
): Promise<NamedTensor[]> {
  const unet = await Unet.create(engine, parseUnetConfig(unetConfig), context.seed);
  const empty = parts.clip.tokenize(['']);
  using trainer = await Trainer.denoiser(engine, unet, parts.clip, {
    optimizer: {
      kind: 'adamw',
      learningRate: 1e-3,
      finalLearningRate: 2e-5,
      warmupSteps: 100,
      totalSteps: steps,
      maxGradientNorm: 1,
    },
    seed: context.seed,
    scheduler: parseSchedulerConfig(schedulerConfig),
    emaDecay: 0.998,
    unconditionalShare: 0.1,
    emptyIds: Array.from(empty.data, Number),
  });
  await runStage(
    context,
    {
      name: 'denoiser',
      steps,
      batchSize: BATCH,
      stepsPerPool: (4 * POOL) / BATCH,
      makePool: (index) => latentPool(context, parts, index),
    },
    trainer,
  );
  return await trainer.result();
}

async function latentPool(
  context: TrainingContext,
  {vae, scalingFactor, clip, drawings}: DenoiserParts,
  index: number,
) {
  const scenes = sceneBatch(
    {
      seed: context.seed,
      name: 'denoiser',
      count: POOL,
      drawings,
      concepts: inDistribution,
      contexts: contextConcepts,
      kind: {subject: 0.1, remain: 0.85, empty: 0.05},
      remaining: [1, 1, 1, 2],
    },
    index * POOL,
    POOL,
  );
  const shape = [POOL, 3, sceneSize, sceneSize];
  const pixels = toSignedPixels(scenes.pixels, shape);
  const masks = masksOf(context, scenes);
  const latents = await scaledMeans(vae, pixels, scalingFactor);
  const masked = await scaledMeans(vae, maskedPixels(pixels, masks), scalingFactor);
  const ids = clip.tokenize(scenes.captions);
  const mask = downsampleMask(masks, vae.scaleFactor);
  return {data: named({latents, masked_latents: masked, mask, ids}), count: POOL};
}

function masksOf(context: TrainingContext, scenes: SceneBatch): FloatTensor {
  const area = sceneSize * sceneSize;
  const data = new Float32Array(scenes.captions.length * area);
  scenes.boxes.forEach((box, at) => {
    const random = Random.of(context.seed, 'denoiser-masks', scenes.start + at);
    data.set(drawMask(random, sceneSize, box), at * area);
  });
  return {data, shape: [scenes.captions.length, 1, sceneSize, sceneSize]};
}

/** The posterior's mean, scaled: the first half of the moments' channels. */
async function scaledMeans(vae: AutoencoderKl, pixels: FloatTensor, scale: number): Promise<FloatTensor> {
  const {data, shape} = await vae.encode(pixels, {batchSize: 32});
  const [count, channels, height, width] = shape as [number, number, number, number];
  const half = (channels / 2) * height * width;
  const means = new Float32Array(count * half);
  for (let n = 0; n < count; n++) {
    for (let at = 0; at < half; at++) means[n * half + at] = data[n * 2 * half + at]! * scale;
  }
  return {data: means, shape: [count, channels / 2, height, width]};
}
