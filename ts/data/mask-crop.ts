import {SynoodError} from '../binding/errors.js';
import {boundingBox, type Mask} from './mask.js';
import {heightOf, type Region, widthOf} from './region.js';

/** Both ends moved apart until they are `wanted` apart, the span shifted into [0, limit], and cut there if it must. */
function widen(start: number, end: number, wanted: number, limit: number): [number, number] {
  const more = Math.max(0, Math.trunc(wanted) - (end - start));
  let from = start - Math.floor(more / 2);
  let to = end + more - Math.floor(more / 2);
  if (to > limit) [from, to] = [from - (to - limit), limit];
  if (from < 0) [from, to] = [0, to - from];
  return [from, Math.min(to, limit)];
}

/**
 * The part of the image that a model sees when it inpaints only what is masked: the mask's bounding box with
 * `padding` pixels around it, widened to the proportions of the model's size, within the image. Where the image is
 * too small for these proportions, they give way. The same rectangle as diffusers' `get_crop_region`.
 *
 * @throws SynoodError ERR_VALUE if the mask replaces nothing, or the padding is no whole number
 */
export function cropRegion(mask: Mask, padding: number, size: {width: number; height: number}): Region {
  if (!Number.isInteger(padding) || padding < 0) {
    throw new SynoodError('ERR_VALUE', `Expected a padding of whole pixels, zero or more, got ${padding}.`);
  }
  const box = boundingBox(mask);
  if (!box) throw new SynoodError('ERR_VALUE', 'Expected a mask that replaces something; this one is empty.');
  const {width, height} = mask;
  const padded = {
    left: Math.max(0, box.left - padding),
    top: Math.max(0, box.top - padding),
    right: Math.min(width, box.right + padding),
    bottom: Math.min(height, box.bottom + padding),
  };
  const aspect = size.width / size.height;
  if (widthOf(padded) / heightOf(padded) > aspect) {
    const [top, bottom] = widen(padded.top, padded.bottom, widthOf(padded) / aspect, height);
    return {...padded, top, bottom};
  }
  const [left, right] = widen(padded.left, padded.right, heightOf(padded) * aspect, width);
  return {...padded, left, right};
}
