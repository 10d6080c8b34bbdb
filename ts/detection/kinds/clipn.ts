import {z} from 'zod';
import {computeScores} from '../compute.js';
import {conceptClasses} from '../concepts.js';
import type {DetectorKind} from '../kind.js';
import {required, tensorOf} from '../kind.js';

const settings = z.strictObject({
  template: z.string().includes('{}').default('a photo of a {}'),
  /** cosines times this are logits */
  scale: z.number().positive().default(100),
  /** where the branch that says "no" is not given: how it is trained, on so many training images of each class */
  perClass: z.number().int().positive().default(50),
  epochs: z.number().int().positive().default(10),
  batchSize: z.number().int().positive().default(128),
  learningRate: z.number().positive().default(3e-4),
});
type Settings = z.output<typeof settings>;

/** Both rules share all but how the probabilities of "no" are put together. */
const clipn = (name: string, title: string, rule: 'competing' | 'agreeing'): DetectorKind<Settings> => ({
  name,
  title,
  family: 'clip',
  source: 'Wang et al., 2023',
  settings,
  needs: ['negatedConcepts'],
  reads: ['clip'],
  fit: async (data, {scale: _, ...request}) => ({...(await required(data, 'negatedConcepts')(request))}),
  score: async (images, fitted, tools) =>
    computeScores(tools, 'negated-concept-scores', 'features', {
      tensors: {
        features: await images.read({of: 'clip'}),
        concepts: tensorOf(fitted, 'concepts'),
        negated: tensorOf(fitted, 'negated'),
      },
      numbers: {scale: fitted.settings.scale},
      words: {rule},
    }),
  classify: async (images, fitted, tools) =>
    conceptClasses(await images.read({of: 'clip'}), tensorOf(fitted, 'concepts'), tools),
});

/** Competing to win: the most similar class must win over its "no". */
export const clipnCtw = clipn('clipn-ctw', 'CLIPN-CTW', 'competing');

/** Agreeing to differ: all classes have a say, by their probabilities. */
export const clipnAtd = clipn('clipn-atd', 'CLIPN-ATD', 'agreeing');
