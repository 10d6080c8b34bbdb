import {z} from 'zod';
import {conceptClasses, conceptScores} from '../concepts.js';
import type {DetectorKind} from '../kind.js';
import {required, tensorOf} from '../kind.js';

const settings = z.strictObject({
  template: z.string().includes('{}').default('a photo of a {}'),
  /** of the softmax over unscaled cosines */
  temperature: z.number().positive().default(1),
});

/** Maximum concept matching: the largest softmax probability over the class names. */
export const mcm: DetectorKind<z.output<typeof settings>> = {
  name: 'mcm',
  title: 'MCM',
  family: 'clip',
  source: 'Ming et al., 2022',
  settings,
  search: {temperature: [0.01, 0.1, 1]},
  needs: ['concepts'],
  reads: ['clip'],
  fit: async (data, {template}) => ({concepts: await required(data, 'concepts')(template)}),
  score: async (images, fitted, tools) =>
    conceptScores(
      await images.read({of: 'clip'}),
      tensorOf(fitted, 'concepts'),
      fitted.settings.temperature,
      tools,
    ),
  classify: async (images, fitted, tools) =>
    conceptClasses(await images.read({of: 'clip'}), tensorOf(fitted, 'concepts'), tools),
};
