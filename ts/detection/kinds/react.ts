import {z} from 'zod';
import {compute} from '../compute.js';
import type {DetectorKind} from '../kind.js';
import {required, tensorOf} from '../kind.js';
import {headClasses, headScores, headTensors} from '../linear-head.js';

const settings = z.strictObject({
  /** of all activations of the training images, in percent */
  percentile: z.number().min(0).max(100).default(90),
});

/** Energy of activations that are cut where in-distribution ones hardly reach. */
export const react: DetectorKind<z.output<typeof settings>> = {
  name: 'react',
  title: 'ReAct',
  family: 'post-hoc',
  source: 'Sun et al., 2021',
  settings,
  search: {percentile: [85, 90, 95, 99]},
  needs: ['head'],
  reads: ['classifier'],
  async fit(data, {percentile}, tools) {
    const {value} = await compute(tools, 'activation-quantile', ['value'], {
      tensors: {features: await data.images.read({of: 'classifier'})},
      numbers: {quantile: percentile / 100},
    });
    return {...headTensors(await required(data, 'head')()), limit: value};
  },
  score: (images, fitted, tools) =>
    headScores(
      images,
      fitted,
      {statistic: 'energy', temperature: 1, limit: tensorOf(fitted, 'limit').data[0]!},
      tools,
    ),
  classify: headClasses,
};
