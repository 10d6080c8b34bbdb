import {z} from 'zod';
import {trainFeatureMap} from '../../training/outliers.js';
import {compute, labelTensor} from '../compute.js';
import {conceptClasses, conceptScores, mapFeatures} from '../concepts.js';
import type {DetectorKind} from '../kind.js';
import {required, tensorOf} from '../kind.js';

const settings = z.strictObject({
  template: z.string().includes('{}').default('a photo of a {}'),
  /** K: a class's points by the distance to the K-th nearest */
  neighbours: z.number().int().positive().default(400),
  /** points of each class that lie farthest, of which some are taken */
  boundary: z.number().int().positive().default(300),
  picked: z.number().int().positive().default(1),
  /** noise added to each of those, so many times */
  sigma: z.number().positive().default(0.1),
  drawn: z.number().int().positive().default(1500),
  kept: z.number().int().positive().default(2),
  rounds: z.number().int().positive().default(10),
  outlierWeight: z.number().min(0).default(0.1),
  outlierStart: z.number().min(0).max(1).default(0),
  epochs: z.number().int().positive().default(20),
  batchSize: z.number().int().positive().default(128),
  learningRate: z.number().positive().default(0.01),
  /** of normalised logits */
  logitScale: z.number().positive().default(10),
  temperature: z.number().positive().default(1),
});

/** Outliers beyond the points that lie farthest from their neighbours; MCM of features that were mapped with them. */
export const npos: DetectorKind<z.output<typeof settings>> = {
  name: 'npos',
  title: 'NPOS',
  family: 'outlier synthesis',
  source: 'Tao et al., 2023',
  settings,
  needs: ['concepts'],
  reads: ['clip'],
  async fit(data, options, tools) {
    const {
      template,
      neighbours,
      boundary,
      picked,
      sigma,
      drawn,
      kept,
      rounds,
      temperature: _,
      ...training
    } = options;
    const features = await data.images.read({of: 'clip'});
    const {outliers} = await compute(tools, 'neighbour-outliers', ['outliers'], {
      tensors: {features, labels: labelTensor(data.labels)},
      numbers: {
        ...{classes: data.classes.length, neighbours, boundary, picked, sigma, drawn, kept, rounds},
        seed: data.seed,
      },
    });
    const concepts = await required(data, 'concepts')(template);
    const pool = {features, labels: data.labels, outliers};
    const all = {...training, logitNorm: true, ...tools, seed: data.seed};
    return {concepts, map: await trainFeatureMap(tools.engine, pool, concepts, all)};
  },
  async score(images, fitted, tools) {
    const mapped = await mapFeatures(await images.read({of: 'clip'}), tensorOf(fitted, 'map'), tools);
    return conceptScores(mapped, tensorOf(fitted, 'concepts'), fitted.settings.temperature, tools);
  },
  async classify(images, fitted, tools) {
    const mapped = await mapFeatures(await images.read({of: 'clip'}), tensorOf(fitted, 'map'), tools);
    return conceptClasses(mapped, tensorOf(fitted, 'concepts'), tools);
  },
};
