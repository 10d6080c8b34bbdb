import sharp from 'sharp';
import type {Tensor} from '../binding/contract.js';
import {SynoodError} from '../binding/errors.js';
import {writeFileAtomic} from './files/atomic-file.js';
import type {RgbImage} from './image.js';

/**
 * A float image (3, H, W) or (1, 3, H, W) in [0, 1] as bytes: clamped, times 255, rounded.
 *
 * @throws SynoodError ERR_SHAPE if it is another shape, ERR_VALUE on NaN
 */
export function toRgbImage(image: Tensor): RgbImage {
  const shape = image.shape.length === 4 && image.shape[0] === 1 ? image.shape.slice(1) : image.shape;
  const [channels, height, width] = shape as [number, number, number];
  if (shape.length !== 3 || channels !== 3 || !(image.data instanceof Float32Array)) {
    throw new SynoodError('ERR_SHAPE', `Expected a float image (3, H, W), got [${image.shape.join(', ')}].`);
  }
  const size = width * height;
  const data = new Uint8Array(size * 3);
  for (let channel = 0; channel < 3; channel++) {
    for (let i = 0; i < size; i++) {
      const value = image.data[channel * size + i]!;
      if (Number.isNaN(value)) throw new SynoodError('ERR_VALUE', 'The image holds NaN and cannot be saved.');
      data[i * 3 + channel] = Math.round(Math.min(1, Math.max(0, value)) * 255);
    }
  }
  return {data, width, height};
}

/** Lossless PNG; equal pixels give equal bytes. */
export function encodePng({data, width, height}: RgbImage): Promise<Buffer> {
  return sharp(data, {raw: {width, height, channels: 3}})
    .png({compressionLevel: 6, adaptiveFiltering: false, palette: false, progressive: false})
    .toBuffer();
}

/**
 * Saves an image as PNG, atomically.
 *
 * @param image a float tensor (3, H, W) in [0, 1], or 8-bit RGB
 * @throws SynoodError ERR_SHAPE, ERR_VALUE, or ERR_IO naming the file
 */
export async function saveImage(path: string, image: Tensor | RgbImage): Promise<void> {
  await writeFileAtomic(path, await encodePng('shape' in image ? toRgbImage(image) : image));
}
