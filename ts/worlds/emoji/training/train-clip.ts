import {Clip} from '../../../models/clip.js';
import {parseClipConfig} from '../../../models/clip-config.js';
import type {Engine} from '../../../models/engine.js';
import type {Tokenizer} from '../../../models/tokenizer.js';
import {Trainer} from '../../../training/trainer.js';
import {strongAugmentation} from '../augmentation.js';
import {sceneSize} from '../background.js';
import {concepts} from '../concepts.js';
import type {Drawings} from '../drawings.js';
import {sceneBatch} from '../scenes.js';
import {clipConfig, clipMean, clipStd} from './model-configs.js';
import {named} from './pixels.js';
import {runStage, type TrainingContext} from './stage.js';

const POOL = 3200;
const BATCH = 128;

interface Round {
  name: string;
  /** one plateau long: for some 550 steps a tiny CLIP learns backgrounds only, then it sees the subjects */
  steps: number;
  /** of the cosine; more than `steps` ends a round at a rate that the next one goes on from */
  scheduleSteps: number;
  learningRate: number;
}

const FIRST_ROUND: Round = {name: 'clip', steps: 750, scheduleSteps: 1000, learningRate: 7e-4};

/** Scenes and their captions, all concepts, training artists only: a first round, then a longer one with a fresh optimiser. */
export async function trainClip(
  context: TrainingContext,
  engine: Engine,
  drawings: Drawings,
  tokenizer: Tokenizer,
  steps: number,
): Promise<Clip> {
  const clip = await Clip.create(engine, parseClipConfig(clipConfig(tokenizer)), context.seed, {tokenizer});
  const first = {...FIRST_ROUND, steps: Math.min(steps, FIRST_ROUND.steps)};
  const rest = steps - first.steps;
  await trainRound(context, engine, drawings, clip, first);
  if (rest > 0) {
    const second = {name: 'clip-second', steps: rest, scheduleSteps: rest, learningRate: 7e-4};
    await trainRound(context, engine, drawings, clip, second);
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
      warmupSteps: 60,
      totalSteps: round.scheduleSteps,
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
      stepsPerPool: (2 * POOL) / BATCH,
      makePool: async (index) => {
        const scenes = sceneBatch(
          {
            seed: context.seed,
            name: round.name,
            count: POOL,
            drawings,
            concepts: concepts.map((_, concept) => concept),
            kind: {subject: 0.88, remain: 0.08, empty: 0.04},
            augmentation: strongAugmentation,
          },
          index * POOL,
          POOL,
        );
        // As long as the longest caption: the pooled token never sees what stands behind it.
        const {ids, shape} = tokenizer.encode(scenes.captions, {pad: false});
        const pixels = {data: scenes.pixels, shape: [POOL, 3, sceneSize, sceneSize]};
        return {data: named({pixels, ids: {data: ids, shape}}), count: POOL};
      },
    },
    trainer,
  );
}
