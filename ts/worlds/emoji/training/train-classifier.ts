import {Classifier} from '../../../models/classifier.js';
import type {Engine} from '../../../models/engine.js';
import {parseResnetConfig} from '../../../models/resnet-config.js';
import {Trainer} from '../../../training/trainer.js';
import {strongAugmentation} from '../augmentation.js';
import {sceneSize} from '../background.js';
import type {Drawings} from '../drawings.js';
import {sceneBatch} from '../scenes.js';
import {contextConcepts, inDistribution} from '../splits.js';
import {classNames} from '../vocabulary.js';
import {classifierConfig, classifierMean, classifierStd} from './model-configs.js';
import {named} from './pixels.js';
import {runStage, type TrainingContext} from './stage.js';

const POOL = 4096;

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
  using trainer = await Trainer.classifier(engine, classifier, {
    optimizer: {
      kind: 'adamw',
      learningRate: 2e-3,
      finalLearningRate: 2e-5,
      warmupSteps: 50,
      totalSteps: steps,
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
      name: 'classifier',
      steps,
      batchSize: 64,
      stepsPerPool: 128,
      makePool: async (index) => {
        const scenes = sceneBatch(
          {
            seed: context.seed,
            name: 'classifier',
            count: POOL,
            drawings,
            concepts: inDistribution,
            contexts: contextConcepts,
            kind: 'subject',
            augmentation: strongAugmentation,
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
  return classifier;
}
