import {z} from 'zod';
import {computeScores} from '../compute.js';
import {conceptClasses} from '../concepts.js';
import type {DetectorKind} from '../kind.js';
import {required, tensorOf} from '../kind.js';

const settings = z.strictObject({
  template: z.string().includes('{}').default('a photo of a {}'),
  /** cosines times this are logits */
  scale: z.number().positive().default(100),
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
  fit: async (data, {template}) => ({...(await required(data, 'negatedConcepts')(template))}),
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
