import {z} from 'zod';
import type {FloatTensor} from '../../binding/contract.js';
import {trainFeatureMap, trainOutlierHead} from '../../training/outliers.js';
import {compute, labelTensor} from '../compute.js';
import {mapFeatures} from '../concepts.js';
import type {DetectorKind} from '../kind.js';
import {required} from '../kind.js';
import {headClasses, headScores} from '../linear-head.js';

const settings = z.strictObject({
  template: z.string().includes('{}').default('A high-quality image of the {}'),
  neighbours: z.number().int().positive().default(300),
  boundary: z.number().int().positive().default(300),
  picked: z.number().int().positive().default(1),
  sigma: z.number().positive().default(0.03),
  drawn: z.number().int().positive().default(1500),
  kept: z.number().int().positive().default(2),
  /** images of each class are `rounds` times `kept` */
  rounds: z.number().int().positive().default(2),
  outlierWeight: z.number().min(0).default(0.1),
  epochs: z.number().int().positive().default(20),
  batchSize: z.number().int().positive().default(128),
  learningRate: z.number().positive().default(0.01),
});

/** Unit rows made as long as the embeddings of the classes that they stand in for. */
function lengthened(
  {data, shape}: FloatTensor,
  classes: readonly number[],
  tokens: FloatTensor,
): FloatTensor {
  const width = shape[1]!;
  const lengths = Array.from({length: tokens.shape[0]!}, (_, row) =>
    Math.hypot(...tokens.data.subarray(row * width, (row + 1) * width)),
  );
  return {data: data.map((value, at) => value * lengths[classes[Math.floor(at / width)]!]!), shape};
}

/**
 * Images of token embeddings that lie outside of a class, rendered by diffusion, as outliers: energy of a head that was
 * trained with them.
 */
export const dreamOod: DetectorKind<z.output<typeof settings>> = {
  name: 'dream-ood',
  title: 'Dream-OOD',
  family: 'outlier synthesis',
  source: 'Du et al., 2023',
  settings,
  needs: ['head', 'tokenEmbeddings', 'render'],
  reads: ['classifier'],
  async fit(data, options, tools) {
    const {template, neighbours, boundary, picked, sigma, drawn, kept, rounds, ...training} = options;
    const common = {...training, outlierStart: 0, ...tools, seed: data.seed};
    const features = await data.images.read({of: 'classifier'});
    const tokens = await required(data, 'tokenEmbeddings')();
    // Cosines over 0.1, without outliers: image features among the embeddings of their classes' names.
    const inner = {...common, outlierWeight: 0, logitScale: 10, logitNorm: false};
    const map = await trainFeatureMap(tools.engine, {features, labels: data.labels}, tokens, inner);
    const mapped = await mapFeatures(features, map, tools);
    const made = await compute(tools, 'neighbour-outliers', ['outliers', 'classes'], {
      tensors: {features: mapped, labels: labelTensor(data.labels)},
      numbers: {
        ...{classes: data.classes.length, neighbours, boundary, picked, sigma, drawn, kept, rounds},
        seed: data.seed,
      },
    });
    const classes = Array.from(made.classes.data);
    const embeddings = lengthened(made.outliers, classes, tokens);
    const outliers = await required(data, 'render')({embeddings, classes, template});
    const pool = {features, labels: data.labels, outliers};
    return {...(await trainOutlierHead(tools.engine, pool, await required(data, 'head')(), common))};
  },
  score: (images, fitted, tools) => headScores(images, fitted, {statistic: 'energy', temperature: 1}, tools),
  classify: headClasses,
};
