import sharp from 'sharp';
import type {RgbImage} from './image.js';

/**
 * How complexity is measured. `file`: the bytes of the file itself, as the paper's authors do, comparable among
 * files of one format and quality only. `reencode`: the bytes of the image encoded again as JPEG with fixed options,
 * comparable among all.
 */
export type ComplexityMethod = 'file' | 'reencode-q90';

/** JPEG bytes of an image with fixed options: quality 90, 4:2:0, standard tables. */
export async function jpegBytes(image: RgbImage): Promise<number> {
  const {width, height} = image;
  const encoded = await sharp(image.data, {raw: {width, height, channels: 3}})
    .jpeg({
      quality: 90,
      chromaSubsampling: '4:2:0',
      progressive: false,
      optimiseCoding: true,
      mozjpeg: false,
      trellisQuantisation: false,
      overshootDeringing: false,
      optimiseScans: false,
      quantisationTable: 0,
    })
    .toBuffer();
  return encoded.length;
}

/**
 * JPEG complexity: compressed bytes per pixel, the more the busier the image.
 *
 * @param fileBytes size of the file that the image was decoded from, which `file` needs
 * @see SynOOD (arXiv 2507.10225), data selection
 */
export async function jpegComplexity(
  image: RgbImage,
  method: ComplexityMethod,
  fileBytes: number,
): Promise<number> {
  const bytes = method === 'file' ? fileBytes : await jpegBytes(image);
  return bytes / (image.width * image.height);
}

/** What ranking needs of an image. */
export interface Complex {
  id: string;
  className: string;
  complexity: number;
}

/**
 * The `keep` most complex images of each class. Equal complexities rank by id, so that the choice does not depend on
 * the order of the input.
 *
 * @returns by class name, then from the most complex down
 */
export function selectMostComplex<T extends Complex>(items: readonly T[], keep: number): T[] {
  const byClass = new Map<string, T[]>();
  for (const item of items) {
    const group = byClass.get(item.className);
    if (group) group.push(item);
    else byClass.set(item.className, [item]);
  }
  return [...byClass.keys()]
    .sort((a, b) => (a < b ? -1 : 1))
    .flatMap((name) =>
      byClass
        .get(name)!
        .sort((a, b) => b.complexity - a.complexity || (a.id < b.id ? -1 : 1))
        .slice(0, keep),
    );
}
