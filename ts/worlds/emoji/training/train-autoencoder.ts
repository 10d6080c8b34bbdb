import {AutoencoderKl} from '../../../models/autoencoder-kl.js';
import {parseAutoencoderKlConfig} from '../../../models/autoencoder-kl-config.js';
import type {Engine} from '../../../models/engine.js';
import {Trainer} from '../../../training/trainer.js';
import {mildAugmentation} from '../augmentation.js';
import {sceneSize} from '../background.js';
import {concepts} from '../concepts.js';
import type {Drawings} from '../drawings.js';
import {sceneBatch} from '../scenes.js';
import {autoencoderConfig} from './model-configs.js';
import {named, toSignedPixels} from './pixels.js';
import {runStage, type TrainingContext} from './stage.js';

const POOL = 1200;

const everyConcept = concepts.map((_, index) => index);

export interface TrainedAutoencoder {
  vae: AutoencoderKl;
  /** 1 / standard deviation of the latents, so that the diffusion model sees unit variance */
  scalingFactor: number;
}

/** Scenes of all kinds; L1 + squared error + a little KL. */
export async function trainAutoencoder(
  context: TrainingContext,
  engine: Engine,
  drawings: Drawings,
  steps: number,
): Promise<TrainedAutoencoder> {
  const vae = await AutoencoderKl.create(
    engine,
    parseAutoencoderKlConfig(autoencoderConfig(1)),
    context.seed,
  );
  const stepsPerPool = 100;
  const batch = (name: string, index: number, count: number) =>
    sceneBatch(
      {
        seed: context.seed,
        name,
        count,
        drawings,
        concepts: everyConcept,
        kind: {subject: 0.6, remain: 0.3, empty: 0.1},
        augmentation: mildAugmentation,
      },
      index * count,
      count,
    );
  using trainer = await Trainer.autoencoder(engine, vae, {
    optimizer: {
      kind: 'adamw',
      learningRate: 1.5e-3,
      finalLearningRate: 5e-5,
      warmupSteps: 50,
      totalSteps: steps,
      maxGradientNorm: 1,
    },
    seed: context.seed,
    klWeight: 1e-5,
    mseWeight: 4,
  });
  await runStage(
    context,
    {
      name: 'autoencoder',
      steps,
      batchSize: 12,
      stepsPerPool,
      makePool: async (index) => {
        const {pixels} = batch('autoencoder', index, POOL);
        return {data: named({pixels: {data: pixels, shape: [POOL, 3, sceneSize, sceneSize]}}), count: POOL};
      },
    },
    trainer,
  );
  const sample = batch('autoencoder-statistics', 0, 256);
  const moments = await vae.encode(toSignedPixels(sample.pixels, [256, 3, sceneSize, sceneSize]), {
    batchSize: 32,
  });
  return {vae, scalingFactor: 1 / deviationOfMeans(moments.data, moments.shape)};
}

/** Standard deviation over the first half of the channels: the posterior's means. */
function deviationOfMeans(moments: Float32Array, [count, channels, height, width]: number[]): number {
  const half = (channels! / 2) * height! * width!;
  let sum = 0;
  let squares = 0;
  for (let n = 0; n < count!; n++) {
    for (let at = n * 2 * half; at < n * 2 * half + half; at++) {
      sum += moments[at]!;
      squares += moments[at]! ** 2;
    }
  }
  const total = count! * half;
  return Math.sqrt(squares / total - (sum / total) ** 2);
}
