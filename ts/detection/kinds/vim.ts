import {z} from 'zod';
import {compute, computeScores} from '../compute.js';
import type {DetectorKind} from '../kind.js';
import {required, tensorOf} from '../kind.js';
import {headClasses, headTensors} from '../linear-head.js';

const settings = z.strictObject({
  /** of the principal space; features of at most twice as many dimensions take half of theirs */
  dimension: z.number().int().positive().default(256),
});

/** Energy less a virtual logit: the norm of what of a feature lies outside of the principal space. */
export const vim: DetectorKind<z.output<typeof settings>> = {
  name: 'vim',
  title: 'ViM',
  family: 'post-hoc',
  source: 'Wang et al., 2022',
  settings,
  search: {dimension: [256, 1000]},
  needs: ['head'],
  reads: ['classifier'],
  async fit(data, {dimension}, tools) {
    const head = headTensors(await required(data, 'head')());
    const features = await data.images.read({of: 'classifier'});
    const most = Math.max(1, Math.floor(features.shape[1]! / 2));
    const made = await compute(tools, 'residual-space', ['origin', 'residual', 'alpha'], {
      tensors: {features, ...head},
      numbers: {dimension: Math.min(dimension, most)},
    });
    return {...head, ...made};
  },
  async score(images, fitted, tools) {
    const names = ['weight', 'bias', 'origin', 'residual', 'alpha'];
    const own = Object.fromEntries(names.map((name) => [name, tensorOf(fitted, name)]));
    const features = await images.read({of: 'classifier'});
    return computeScores(tools, 'virtual-logit-scores', 'features', {tensors: {features, ...own}});
  },
  classify: headClasses,
};
