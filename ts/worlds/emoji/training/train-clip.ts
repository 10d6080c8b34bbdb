import {Clip} from '../../../models/clip.js';
import {parseClipConfig} from '../../../models/clip-config.js';
import type {Engine} from '../../../models/engine.js';
import type {Tokenizer} from '../../../models/tokenizer.js';
import {Trainer} from '../../../training/trainer.js';
import {mildAugmentation, noAugmentation, type Augmentation} from '../augmentation.js';
import {concepts} from '../concepts.js';
import type {Drawings} from '../drawings.js';
import {sceneBatch} from '../scenes.js';
import {clipConfig, clipMean, clipSide, clipStd} from './model-configs.js';
import {named, resizedScenes} from './pixels.js';
import {runStage, type TrainingContext} from './stage.js';

const BATCH = 114;
const POOL = 60 * BATCH;
const STEPS_PER_POOL = (2 * POOL) / BATCH;

interface Round {
  name: string;
  steps: number;
  learningRate: number;
  warmupSteps: number;
  /** of a pool's drawings, by the pool's number */
  augmentation: (pool: number) => Augmentation;
}

/** Drawings as they are first: until a model tells subjects at all, variety only hides them. */
const FIRST_ROUND: Round = {
  name: 'clip',
  steps: 2040,
  learningRate: 1e-3,
  warmupSteps: 100,
  augmentation: (pool) => (pool < 10 ? noAugmentation : mildAugmentation),
};

/** Then drawings as they are again, with a fresh optimiser each time. */
const laterRound = (name: string, steps: number): Round => ({
  name,
  steps,
  learningRate: 5e-4,
  warmupSteps: 40,
  augmentation: () => noAugmentation,
});

const SECOND_ROUND = laterRound('clip-second', 1500);

/** Scenes and their captions, all concepts, training artists only; each batch holds a subject once. */
export async function trainClip(
  context: TrainingContext,
  engine: Engine,
  drawings: Drawings,
  tokenizer: Tokenizer,
  steps: number,
): Promise<Clip> {
  const clip = await Clip.create(engine, parseClipConfig(clipConfig(tokenizer)), context.seed, {tokenizer});
  let left = steps;
  for (const round of [FIRST_ROUND, SECOND_ROUND, laterRound('clip-third', left)]) {
    const own = {...round, steps: Math.min(left, round.steps)};
    if (own.steps > 0) await trainRound(context, engine, drawings, clip, own);
    left -= own.steps;
  }
  return clip;
}

async function trainRound(
  context: TrainingContext,
  engine: Engine,
  drawings: Drawings,
  clip: Clip,
  round: Round,
): Promise<void> {
  const {tokenizer} = clip;
  using trainer = await Trainer.contrastive(engine, clip, {
    optimizer: {
      kind: 'adamw',
      learningRate: round.learningRate,
      finalLearningRate: 1e-5,
      warmupSteps: round.warmupSteps,
      totalSteps: round.steps,
      weightDecay: 0.05,
      beta2: 0.98,
      maxGradientNorm: 1,
    },
    seed: context.seed,
    mean: clipMean,
    std: clipStd,
  });
  await runStage(
    context,
    {
      name: round.name,
      steps: round.steps,
      batchSize: BATCH,
      stepsPerPool: STEPS_PER_POOL,
      makePool: async (index) => {
        const scenes = sceneBatch(
          {
            seed: context.seed,
            name: round.name,
            count: POOL,
            drawings,
            concepts: concepts.map((_, concept) => concept),
            kind: {subject: 0.95, remain: 0.04, empty: 0.01},
            // A background is told by its colour long before a subject is told by its shape.
            colours: false,
            augmentation: round.augmentation(index),
          },
          index * POOL,
          POOL,
        );
        // As long as the longest caption: the pooled token never sees what stands behind it.
        const {ids, shape} = tokenizer.encode(scenes.captions, {pad: false});
        const pixels = resizedScenes(scenes.pixels, clipSide);
        return {
          data: named({pixels, ids: {data: ids, shape}}),
          count: POOL,
          subjects: scenes.subjects,
        };
      },
    },
    trainer,
  );
}
