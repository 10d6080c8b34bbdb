import {SynoodError} from '../binding/errors.js';
import type {RgbImage} from './image.js';
import {binarise, type Mask} from './mask.js';
import {edgeWeights} from './mask-blur.js';
import {cutRegion, heightOf, putRegion, type Region, widthOf} from './region.js';

/**
 * Pastes a new picture into an image where the mask says so. Pixels that the mask keeps have the very bytes that they
 * had; the blur is a soft edge inside the mask.
 *
 * @param image   what is kept
 * @param region  where in it the new picture belongs
 * @param fresh   the new picture, as large as the region
 * @param mask    as large as the image
 * @param blur    standard deviation of the edge in pixels
 * @throws SynoodError ERR_SHAPE if the sizes do not fit
 */
export function pasteBack(
  image: RgbImage,
  region: Region,
  fresh: RgbImage,
  mask: Mask,
  blur: number,
): RgbImage {
  const [width, height] = [widthOf(region), heightOf(region)];
  if (fresh.width !== width || fresh.height !== height) {
    throw new SynoodError(
      'ERR_SHAPE',
      `Expected a picture of ${width} x ${height} for the region, got ${fresh.width} x ${fresh.height}.`,
    );
  }
  if (mask.width !== image.width || mask.height !== image.height) {
    throw new SynoodError(
      'ERR_SHAPE',
      `Expected a mask of ${image.width} x ${image.height} as the image is, got ${mask.width} x ${mask.height}.`,
    );
  }
  const part = cutRegion(image.data, image.width, region, 3);
  const local = cutRegion(binarise(mask).data, mask.width, region, 1);
  const weights = edgeWeights({data: local, width, height}, blur);
  for (let i = 0; i < weights.length; i++) {
    const weight = weights[i]!;
    if (weight === 0) continue;
    for (let at = i * 3; at < i * 3 + 3; at++) {
      part[at] = Math.round(part[at]! + weight * (fresh.data[at]! - part[at]!));
    }
  }
  const result = {...image, data: image.data.slice()};
  putRegion(result.data, image.width, region, part, 3);
  return result;
}

/** The image with the region replaced as a whole. */
export function placeRegion(image: RgbImage, region: Region, fresh: RgbImage): RgbImage {
  const data = image.data.slice();
  putRegion(data, image.width, region, fresh.data, 3);
  return {...image, data};
}
