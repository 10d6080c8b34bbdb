import {z} from 'zod';
import {trainOutlierHead} from '../../training/outliers.js';
import {compute, labelTensor} from '../compute.js';
import type {DetectorKind} from '../kind.js';
import {required} from '../kind.js';
import {headClasses, headScores} from '../linear-head.js';

const settings = z.strictObject({
  /** drawn from each class's Gaussian, of which `kept` of the lowest density are outliers */
  drawn: z.number().int().positive().default(10000),
  kept: z.number().int().positive().default(1),
  /** times that each class is drawn from */
  rounds: z.number().int().positive().default(20),
  outlierWeight: z.number().min(0).default(0.1),
  /** share of the epochs before outliers count */
  outlierStart: z.number().min(0).max(1).default(0.4),
  epochs: z.number().int().positive().default(20),
  batchSize: z.number().int().positive().default(128),
  learningRate: z.number().positive().default(0.01),
});

/** Outliers from the tails of class-conditional Gaussians in feature space; energy of a head that was trained with them. */
export const vos: DetectorKind<z.output<typeof settings>> = {
  name: 'vos',
  title: 'VOS',
  family: 'outlier synthesis',
  source: 'Du et al., 2022',
  settings,
  needs: ['head'],
  reads: ['classifier'],
  async fit(data, {drawn, kept, rounds, ...options}, tools) {
    const features = await data.images.read({of: 'classifier'});
    const {outliers} = await compute(tools, 'gaussian-outliers', ['outliers'], {
      tensors: {features, labels: labelTensor(data.labels)},
      numbers: {classes: data.classes.length, drawn, kept, rounds, jitter: 1e-4, seed: data.seed},
    });
    const head = await required(data, 'head')();
    const pool = {features, labels: data.labels, outliers};
    return {
      ...(await trainOutlierHead(tools.engine, pool, head, {...options, ...tools, seed: data.seed})),
    };
  },
  score: (images, fitted, tools) => headScores(images, fitted, {statistic: 'energy', temperature: 1}, tools),
  classify: headClasses,
};
