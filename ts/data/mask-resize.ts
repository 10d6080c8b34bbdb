import type {FloatTensor} from '../binding/contract.js';
import type {RgbImage} from './image.js';
import {binarise, type Mask} from './mask.js';
import {preprocessMask} from './preprocess.js';

/** A mask as a picture: white is replaced. */
export function maskImage(mask: Mask): RgbImage {
  const {data: values, width, height} = mask;
  const data = new Uint8Array(values.length * 3);
  for (let i = 0; i < values.length; i++) {
    const value = values instanceof Uint8Array ? values[i]! : Math.round(values[i]! * 255);
    data.fill(value, i * 3, i * 3 + 3);
  }
  return {data, width, height};
}

/** Pillow's nearest pixel: the one below the centre, (x + 1/2) * from / to. */
function nearest({data, width, height}: Mask, toWidth: number, toHeight: number): Float32Array {
  const result = new Float32Array(toWidth * toHeight);
  for (let y = 0; y < toHeight; y++) {
    const row = Math.floor(((y + 0.5) * height) / toHeight) * width;
    for (let x = 0; x < toWidth; x++) {
      result[y * toWidth + x] = data[row + Math.floor(((x + 0.5) * width) / toWidth)]! / 255;
    }
  }
  return result;
}

/**
 * A mask at the model's size, as diffusers makes it: resized with Lanczos (two-colour files to the nearest pixel), then
 * 1 from one half on.
 *
 * @returns (1, 1, height, width) of zeros and ones
 */
export function modelMask(mask: Mask, width: number, height: number): FloatTensor {
  if (mask.resample === 'nearest') {
    return {data: nearest(binarise(mask), width, height), shape: [1, 1, height, width]};
  }
  return preprocessMask(maskImage(mask), width, height);
}
