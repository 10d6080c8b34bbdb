import type {ImageItem} from '../data/image-folder.js';
import {sampleSeed} from '../synthesis/sample-seed.js';

export interface Split {
  train: ImageItem[];
  calibration: ImageItem[];
  validation: ImageItem[];
}

/**
 * Holds out a share of every class for each part that is wanted. An image's part depends on the seed and on the names of
 * its class's images, not on their order.
 */
export function splitInDistribution(
  items: readonly ImageItem[],
  options: {seed: number; share: number; calibration: boolean; validation: boolean},
): Split {
  const split: Split = {train: [], calibration: [], validation: []};
  const parts = [
    ...(options.calibration ? [split.calibration] : []),
    ...(options.validation ? [split.validation] : []),
  ];
  const groups = new Map<string, ImageItem[]>();
  for (const item of items) {
    const group = groups.get(item.className);
    if (group) group.push(item);
    else groups.set(item.className, [item]);
  }
  for (const group of groups.values()) {
    const drawn = group
      .map((item) => ({item, key: sampleSeed(options.seed, `split\0${item.id}`)}))
      .sort((a, b) => (a.key < b.key ? -1 : 1))
      .map(({item}) => item);
    const spare = drawn.length > parts.length ? 1 : 0;
    const held = Math.max(spare, Math.floor(options.share * drawn.length));
    for (const part of parts) part.push(...drawn.splice(0, held));
    split.train.push(...drawn);
  }
  const byId = (a: ImageItem, b: ImageItem) => (a.id < b.id ? -1 : 1);
  for (const part of Object.values(split)) (part as ImageItem[]).sort(byId);
  return split;
}
