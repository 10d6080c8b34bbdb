import {z} from 'zod';
import {compute, computeScores, labelTensor} from '../compute.js';
import type {DetectorKind} from '../kind.js';
import {required, tensorOf} from '../kind.js';
import {headClasses, headTensors} from '../linear-head.js';

const settings = z.strictObject({});

/** Minus the squared Mahalanobis distance to the nearest class mean, one covariance for all classes. */
export const mahalanobis: DetectorKind<z.output<typeof settings>> = {
  name: 'mahalanobis',
  title: 'Mahalanobis',
  family: 'post-hoc',
  source: 'Lee et al., 2018',
  settings,
  needs: ['head'],
  reads: ['classifier'],
  async fit(data, _, tools) {
    const made = await compute(tools, 'class-gaussians', ['means', 'whitening'], {
      tensors: {features: await data.images.read({of: 'classifier'}), labels: labelTensor(data.labels)},
      numbers: {classes: data.classes.length},
    });
    return {...headTensors(await required(data, 'head')()), ...made};
  },
  score: async (images, fitted, tools) =>
    computeScores(tools, 'mahalanobis-scores', 'features', {
      tensors: {
        features: await images.read({of: 'classifier'}),
        means: tensorOf(fitted, 'means'),
        whitening: tensorOf(fitted, 'whitening'),
      },
    }),
  classify: headClasses,
};
