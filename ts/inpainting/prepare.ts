import {SynoodError} from '../binding/errors.js';
import {type ImageInput, type RgbImage, decodeImage} from '../data/image.js';
import {toRgbImage} from '../data/image-output.js';
import {binarise, type BinaryMask, maskArea} from '../data/mask.js';
import {cropRegion} from '../data/mask-crop.js';
import {dilateMask} from '../data/mask-dilate.js';
import {modelMask} from '../data/mask-resize.js';
import {preprocessForDiffusion} from '../data/preprocess.js';
import {cutRegion, heightOf, type Region, widthOf} from '../data/region.js';
import {resizeGently} from '../synthesis/gentle-resize.js';
import type {InpaintItem} from './options.js';
import type {CheckedSettings} from './settings.js';

/** An item as the model takes it, and what leads back to the image. */
export interface PreparedItem {
  image: RgbImage;
  mask: BinaryMask;
  region: Region;
  /** (3, height, width) in [-1, 1] */
  pixels: Float32Array;
  /** (height, width), 0 and 1 */
  replaced: Float32Array;
}

function decode(input: InpaintItem['image'], name: string): Promise<RgbImage> | RgbImage {
  if (typeof input === 'object' && 'shape' in input) {
    if (input.data.length === 0)
      throw new SynoodError('ERR_IMAGE', `${name}: expected pixels, got an empty image.`);
    return toRgbImage(input);
  }
  const decoded = typeof input === 'object' && 'width' in input && !('channels' in input);
  const image: ImageInput = decoded ? {...input, channels: 3} : input;
  return decodeImage(image, typeof input === 'string' ? {} : {name});
}

function checkMask(mask: BinaryMask, image: RgbImage): void {
  if (mask.width !== image.width || mask.height !== image.height) {
    throw new SynoodError(
      'ERR_SHAPE',
      `Expected a mask of ${image.width} x ${image.height} as the image is, got ${mask.width} x ${mask.height}. Resize it first.`,
    );
  }
  if (maskArea(mask) > 0) return;
  throw new SynoodError(
    'ERR_VALUE',
    'Expected a mask that replaces something; this one is empty. White (255, or 1 in floats) is replaced.',
  );
}

/**
 * Reads the image, grows the mask, crops both and resizes them to the model's size (Lanczos, as diffusers does).
 *
 * @param name  what messages call an image without a path
 * @throws SynoodError ERR_IMAGE, ERR_SHAPE, ERR_VALUE
 */
export async function prepareItem(
  item: InpaintItem,
  name: string,
  settings: CheckedSettings,
): Promise<PreparedItem> {
  const {width, height, padding} = settings;
  const given = binarise(item.mask);
  const image = await decode(item.image, name);
  checkMask(given, image);
  const mask = dilateMask(given, settings.dilate);
  const region =
    padding === undefined
      ? {left: 0, top: 0, right: image.width, bottom: image.height}
      : cropRegion(mask, padding, {width, height});
  const part = {width: widthOf(region), height: heightOf(region)};
  const seen = {...part, data: cutRegion(image.data, image.width, region, 3)};
  const shown = {...mask, ...part, data: cutRegion(mask.data, mask.width, region, 1)};
  const replaced = modelMask(shown, width, height).data;
  if (!replaced.includes(1)) {
    throw new SynoodError(
      'ERR_VALUE',
      `The mask vanishes at the model's ${width} x ${height}. Dilate it, or crop to it.`,
    );
  }
  const small = await resizeGently(seen, width, height, 'lanczos');
  return {image, mask, region, pixels: preprocessForDiffusion([small], width, height).data, replaced};
}
