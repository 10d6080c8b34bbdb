import {z} from 'zod';
import {computeScores} from '../compute.js';
import type {DetectorKind} from '../kind.js';
import {required} from '../kind.js';
import {headClasses, headTensors} from '../linear-head.js';

const settings = z.strictObject({
  temperature: z.number().positive().default(1000),
  /** how far each pixel moves, of values in [0, 1] */
  epsilon: z.number().min(0).default(0.0014),
});

/** The largest softmax probability at a high temperature, of images moved along their gradient. */
export const odin: DetectorKind<z.output<typeof settings>> = {
  name: 'odin',
  title: 'ODIN',
  family: 'post-hoc',
  source: 'Liang et al., 2018',
  settings,
  search: {temperature: [1, 10, 100, 1000], epsilon: [0.0014, 0.0028]},
  needs: ['head'],
  reads: ['classifier'],
  fit: async (data) => headTensors(await required(data, 'head')()),
  score: async (images, {settings: {temperature, epsilon}}, tools) =>
    computeScores(tools, 'logit-scores', 'logits', {
      tensors: {logits: await images.read({of: 'odin', temperature, epsilon})},
      numbers: {temperature},
      words: {statistic: 'msp'},
    }),
  classify: headClasses,
};
