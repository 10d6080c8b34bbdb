import {z} from 'zod';
import type {DetectorKind} from '../kind.js';
import {required} from '../kind.js';
import {headClasses, headScores, headTensors} from '../linear-head.js';

const settings = z.strictObject({temperature: z.number().positive().default(1)});

/** The largest softmax probability. */
export const msp: DetectorKind<z.output<typeof settings>> = {
  name: 'msp',
  title: 'MSP',
  family: 'post-hoc',
  source: 'Hendrycks and Gimpel, 2017',
  settings,
  needs: ['head'],
  reads: ['classifier'],
  fit: async (data) => headTensors(await required(data, 'head')()),
  score: (images, fitted, tools) =>
    headScores(images, fitted, {statistic: 'msp', temperature: fitted.settings.temperature}, tools),
  classify: headClasses,
};
