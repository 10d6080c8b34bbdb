import {z} from 'zod';
import {computeScores} from '../compute.js';
import {conceptClasses} from '../concepts.js';
import type {DetectorKind} from '../kind.js';
import {required, tensorOf} from '../kind.js';

const settings = z.strictObject({
  /** learned negative prompts of each class */
  negatives: z.number().int().positive().default(3),
  contextLength: z.number().int().positive().default(16),
  /** where the prompts are not given: how they are learned, on so many training images of each class */
  perClass: z.number().int().positive().default(50),
  epochs: z.number().int().positive().default(100),
  positiveEpochs: z.number().int().positive().default(50),
  batchSize: z.number().int().positive().default(32),
  temperature: z.number().positive().default(1),
  negativeTemperature: z.number().positive().default(5),
});

/** Learned prompts of what a class is and of what it is not. */
export const lsn: DetectorKind<z.output<typeof settings>> = {
  name: 'lsn',
  title: 'LSN',
  family: 'clip',
  source: 'Nie et al., 2024',
  settings,
  needs: ['learnedPrompts'],
  reads: ['clip'],
  fit: async (data, {temperature: _, negativeTemperature: __, ...request}) => ({
    ...(await required(data, 'learnedPrompts')(request)),
  }),
  score: async (images, fitted, tools) =>
    computeScores(tools, 'learned-negative-scores', 'features', {
      tensors: {
        features: await images.read({of: 'clip'}),
        concepts: tensorOf(fitted, 'concepts'),
        negatives: tensorOf(fitted, 'negatives'),
      },
      numbers: {
        temperature: fitted.settings.temperature,
        negative_temperature: fitted.settings.negativeTemperature,
      },
    }),
  classify: async (images, fitted, tools) =>
    conceptClasses(await images.read({of: 'clip'}), tensorOf(fitted, 'concepts'), tools),
};
