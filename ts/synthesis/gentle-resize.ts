import {setImmediate as turn} from 'node:timers/promises';
import type {RgbImage} from '../data/image.js';
import {resize, type ResampleFilter} from '../data/resize.js';

/** About two milliseconds of work. */
const PIXELS_PER_TURN = 1 << 16;

/**
 * The same bytes as resize() gives, a few rows at a time, so that timers and sockets are served while large photographs
 * shrink. The horizontal pass comes first and is the long one.
 */
export async function resizeGently(
  image: RgbImage,
  width: number,
  height: number,
  filter: ResampleFilter,
): Promise<RgbImage> {
  const rows = Math.max(1, Math.floor(PIXELS_PER_TURN / image.width));
  const narrow = new Uint8Array(image.height * width * 3);
  for (let top = 0; top < image.height; top += rows) {
    const bottom = Math.min(image.height, top + rows);
    const data = image.data.subarray(top * image.width * 3, bottom * image.width * 3);
    const part = resize({data, width: image.width, height: bottom - top}, width, bottom - top, filter);
    narrow.set(part.data, top * width * 3);
    await turn();
  }
  const result = resize({data: narrow, width, height: image.height}, width, height, filter);
  return {data: result.data, width, height};
}
