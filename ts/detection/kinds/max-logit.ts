import {z} from 'zod';
import type {DetectorKind} from '../kind.js';
import {required} from '../kind.js';
import {headClasses, headScores, headTensors} from '../linear-head.js';

const settings = z.strictObject({});

/** The largest logit. */
export const maxLogit: DetectorKind<z.output<typeof settings>> = {
  name: 'max-logit',
  title: 'MaxLogit',
  family: 'post-hoc',
  source: 'Hendrycks et al., 2022',
  settings,
  needs: ['head'],
  reads: ['classifier'],
  fit: async (data) => headTensors(await required(data, 'head')()),
  score: (images, fitted, tools) =>
    headScores(images, fitted, {statistic: 'max_logit', temperature: 1}, tools),
  classify: headClasses,
};
