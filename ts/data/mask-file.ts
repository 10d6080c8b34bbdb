import {readFile} from 'node:fs/promises';
import sharp from 'sharp';
import {decodeImage, type ImageInput} from './image.js';
import type {Mask} from './mask.js';

/** Pillow's modes "1" and "P", which it resizes to the nearest pixel. */
async function isIndexed(input: ImageInput): Promise<boolean> {
  if (typeof input !== 'string' && !(input instanceof Uint8Array)) return false;
  const {isPalette, bitsPerSample, format, channels} = await sharp(
    typeof input === 'string' ? await readFile(input) : input,
  ).metadata();
  return format === 'png' && (isPalette === true || (bitsPerSample === 1 && channels === 1));
}

/**
 * Reads a mask from an image: white is replaced, black is kept, colours count by their luma (ITU-R 601-2, as in
 * Pillow's `convert('L')`), transparency not at all.
 *
 * @throws SynoodError ERR_IMAGE naming the file and the reason
 */
export async function readMask(input: ImageInput): Promise<Mask> {
  const {data: rgb, width, height} = await decodeImage(input);
  const data = new Uint8Array(width * height);
  for (let i = 0; i < data.length; i++) {
    data[i] = (rgb[i * 3]! * 19595 + rgb[i * 3 + 1]! * 38470 + rgb[i * 3 + 2]! * 7471 + 0x8000) >> 16;
  }
  return {data, width, height, resample: (await isIndexed(input)) ? 'nearest' : undefined};
}
