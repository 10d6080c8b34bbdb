import type {PixelTransformSpec} from '../binding/contract.js';
import {SynoodError} from '../binding/errors.js';
import type {ImagePreprocessing} from '../data/preprocess.js';

/**
 * A classifier's image preprocessing as the core differentiates through it: shorter side, central crop, mean and
 * standard deviation, of square images.
 *
 * @param side  of the square images that will be scored
 * @throws SynoodError ERR_CONFIG naming what guidance cannot differentiate through
 */
export function pixelTransform(preprocessing: ImagePreprocessing, side: number): PixelTransformSpec {
  const {resize, crop, filter, mean, std} = preprocessing;
  const fail = (what: string) =>
    new SynoodError(
      'ERR_CONFIG',
      `The classifier's preprocessing has ${what}; guidance needs another classifier.`,
    );
  if (filter === 'lanczos') throw fail('a Lanczos filter');
  if (crop && crop.width !== crop.height) throw fail('a crop that is not square');
  if (resize && 'width' in resize && resize.width !== resize.height) throw fail('a size that is not square');
  if (!nearly(preprocessing.scale, 1 / 255)) throw fail(`a scale of ${preprocessing.scale}, not 1/255`);
  const edge = resize === undefined ? side : 'width' in resize ? resize.width : resize.shortestEdge;
  return {
    resize: edge === side ? 0 : edge,
    crop: crop === undefined || crop.width === edge ? 0 : crop.width,
    interpolation: filter,
    mean,
    std,
  };
}

const nearly = (a: number, b: number): boolean => Math.abs(a - b) < 1e-9;
