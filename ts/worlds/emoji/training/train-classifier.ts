import {Classifier} from '../../../models/classifier.js';
import type {Engine} from '../../../models/engine.js';
import {parseResnetConfig} from '../../../models/resnet-config.js';
import {Trainer} from '../../../training/trainer.js';
import {mildAugmentation, strongAugmentation, type Augmentation} from '../augmentation.js';
import {sceneSize} from '../background.js';
import type {Drawings} from '../drawings.js';
import {sceneBatch} from '../scenes.js';
import {contextConcepts, inDistribution} from '../splits.js';
import {classNames} from '../vocabulary.js';
import {classifierConfig, classifierMean, classifierStd} from './model-configs.js';
import {named} from './pixels.js';
import {runStage, type TrainingContext} from './stage.js';

const POOL = 4096;

interface Round {
  name: string;
  steps: number;
  learningRate: number;
  augmentation: Augmentation;
}

/** Much varied drawings first, that it may know a new artist's. */
const FIRST_ROUND: Round = {
  name: 'classifier',
  steps: 640,
  learningRate: 2e-3,
  augmentation: strongAugmentation,
};

/** Then less varied ones, with a fresh optimiser. */
const laterRound = (steps: number): Round => ({
  name: 'classifier-second',
  steps,
  learningRate: 1e-3,
  augmentation: mildAugmentation,
});

/** The in-distribution classes, as drawn by the training artists: the classifier whose score guides the synthesis. */
export async function trainClassifier(
  context: TrainingContext,
  engine: Engine,
  drawings: Drawings,
  steps: number,
): Promise<Classifier> {
  const classifier = await Classifier.create(
    engine,
    parseResnetConfig(classifierConfig(classNames)),
    context.seed,
  );
  const first = {...FIRST_ROUND, steps: Math.min(steps, FIRST_ROUND.steps)};
  await trainRound(context, engine, drawings, classifier, first);
  if (steps > first.steps)
    await trainRound(context, engine, drawings, classifier, laterRound(steps - first.steps));
  return classifier;
}

async function trainRound(
  context: TrainingContext,
  engine: Engine,
  drawings: Drawings,
  classifier: Classifier,
  round: Round,
): Promise<void> {
  using trainer = await Trainer.classifier(engine, classifier, {
    optimizer: {
      kind: 'adamw',
      learningRate: round.learningRate,
      finalLearningRate: 2e-5,
      warmupSteps: 50,
      totalSteps: round.steps,
      weightDecay: 0.02,
      maxGradientNorm: 1,
    },
    seed: context.seed,
    mean: classifierMean,
    std: classifierStd,
  });
  await runStage(
    context,
    {
      name: round.name,
      steps: round.steps,
      batchSize: 64,
      stepsPerPool: 128,
      makePool: async (index) => {
        const scenes = sceneBatch(
          {
            seed: context.seed,
            name: round.name,
            count: POOL,
            drawings,
            concepts: inDistribution,
            contexts: contextConcepts,
            kind: 'subject',
            augmentation: round.augmentation,
          },
          index * POOL,
          POOL,
        );
        const labels = BigInt64Array.from(scenes.subjects, (concept) =>
          BigInt(inDistribution.indexOf(concept)),
        );
        const pixels = {data: scenes.pixels, shape: [POOL, 3, sceneSize, sceneSize]};
        return {data: named({pixels, labels: {data: labels, shape: [POOL]}}), count: POOL};
      },
    },
    trainer,
  );
}
