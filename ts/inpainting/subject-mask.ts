import type {RgbImage} from '../data/image.js';
import type {BinaryMask} from '../data/mask.js';
import {dilateMask} from '../data/mask-dilate.js';
import {resize} from '../data/resize.js';
import type {Clip} from '../models/clip.js';
import {refineByColour} from './refine-by-colour.js';
import {subjectMap, type SubjectMapOptions} from './subject-map.js';

export interface SubjectMaskOptions extends SubjectMapOptions {
  /** the mask grows by so many pixels of the image; default 0 */
  dilate?: number;
}

/**
 * A mask of where CLIP finds a class in an image: the occlusion map, cut at Otsu's threshold, and its edges moved to
 * where the colours change.
 *
 * @param className  as it stands in "a photo of a {}"
 * @returns as large as the image
 */
export async function subjectMask(
  clip: Clip,
  image: RgbImage,
  className: string,
  options: SubjectMaskOptions = {},
): Promise<BinaryMask> {
  const map = await subjectMap(clip, image, className, options);
  const part = refineByColour(resize(image, map.width, map.height, 'bicubic'), map.data);
  const {width, height} = image;
  const data = new Uint8Array(width * height);
  for (let y = 0; y < height; y++) {
    const row = Math.floor(((y + 0.5) * map.height) / height) * map.width;
    for (let x = 0; x < width; x++) {
      data[y * width + x] = part.data[row + Math.floor(((x + 0.5) * map.width) / width)]!;
    }
  }
  return dilateMask({data, width, height}, options.dilate ?? 0);
}
