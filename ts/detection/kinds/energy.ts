import {z} from 'zod';
import type {DetectorKind} from '../kind.js';
import {required} from '../kind.js';
import {headClasses, headScores, headTensors} from '../linear-head.js';

const settings = z.strictObject({temperature: z.number().positive().default(1)});

/** Minus the free energy: T logsumexp(g / T). */
export const energy: DetectorKind<z.output<typeof settings>> = {
  name: 'energy',
  title: 'Energy',
  family: 'post-hoc',
  source: 'Liu et al., 2020',
  settings,
  needs: ['head'],
  reads: ['classifier'],
  fit: async (data) => headTensors(await required(data, 'head')()),
  score: (images, fitted, tools) =>
    headScores(images, fitted, {statistic: 'energy', temperature: fitted.settings.temperature}, tools),
  classify: headClasses,
};
