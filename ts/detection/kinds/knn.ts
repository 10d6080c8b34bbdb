import {z} from 'zod';
import {computeScores} from '../compute.js';
import type {DetectorKind} from '../kind.js';
import {required, tensorOf} from '../kind.js';
import {headClasses, headTensors} from '../linear-head.js';

const settings = z.strictObject({
  /** K; a training set of fewer images takes all of them */
  neighbours: z.number().int().positive().default(50),
});

/** Minus the squared distance of unit features to the K-th nearest of the training images. */
export const knn: DetectorKind<z.output<typeof settings>> = {
  name: 'knn',
  title: 'KNN',
  family: 'post-hoc',
  source: 'Sun et al., 2022',
  settings,
  search: {neighbours: [50, 100, 200, 500, 1000]},
  needs: ['head'],
  reads: ['classifier'],
  async fit(data) {
    return {
      ...headTensors(await required(data, 'head')()),
      bank: await data.images.read({of: 'classifier'}),
    };
  },
  async score(images, fitted, tools) {
    const bank = tensorOf(fitted, 'bank');
    const neighbours = Math.min(fitted.settings.neighbours, bank.shape[0]!);
    return computeScores(tools, 'neighbour-scores', 'features', {
      tensors: {features: await images.read({of: 'classifier'}), bank},
      numbers: {neighbours},
    });
  },
  classify: headClasses,
};
