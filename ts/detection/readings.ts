import type {FloatTensor} from '../binding/contract.js';
import {SynoodError} from '../binding/errors.js';

/** What a model says of images, computed once for all detectors that ask for it. */
export type Reading =
  /** CLIP's image features (N, D), not normalised */
  | {of: 'clip'}
  /** a classifier's penultimate features (N, F) */
  | {of: 'classifier'}
  /** a classifier's logits (N, C) of images that ODIN has perturbed */
  | {of: 'odin'; temperature: number; epsilon: number};

/** The images of a set, as detectors see them. */
export interface ImageReadings {
  readonly count: number;
  /** @throws SynoodError ERR_CONFIG if there is no such model */
  read(reading: Reading): Promise<FloatTensor>;
}

/** Tells readings apart, and names their files. */
export const readingName = (reading: Reading): string =>
  reading.of === 'odin' ? `odin-T${reading.temperature}-e${reading.epsilon}` : reading.of;

/** Readings that are at hand, by the name of each: `{clip: features}`. */
export function fixedReadings(tensors: Record<string, FloatTensor>): ImageReadings {
  const [first] = Object.values(tensors);
  return {
    count: first?.shape[0] ?? 0,
    read(reading) {
      const found = tensors[readingName(reading)];
      if (found) return Promise.resolve(found);
      const given = Object.keys(tensors).join(', ') || 'none';
      return Promise.reject(
        new SynoodError(
          'ERR_CONFIG',
          `Expected the reading "${readingName(reading)}" of the images, given: ${given}.`,
        ),
      );
    },
  };
}
