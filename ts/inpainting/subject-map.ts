import {SynoodError} from '../binding/errors.js';
import type {RgbImage} from '../data/image.js';
import {resize} from '../data/resize.js';
import type {Clip} from '../models/clip.js';

export interface SubjectMapOptions {
  /** what stands around the class in the text; default 'a photo of a {}' */
  template?: string;
  /** positions of the grey square along each side; default 8 */
  positions?: number;
  /** its side, as a share of the image's; default 0.3 */
  patch?: number;
  /** images that CLIP encodes at once; default 32 */
  batchSize?: number;
  signal?: AbortSignal;
}

/** How much of the class each place of an image holds. */
export interface SubjectMap {
  /** row by row, at CLIP's own size */
  data: Float32Array;
  width: number;
  height: number;
}

/** What the class is set against: covering the subject moves an image from the one towards the others. */
const NOTHING = ['an empty photo', 'a photo of nothing', 'a photo of a background'];

interface Square {
  left: number;
  top: number;
  right: number;
  bottom: number;
}

/** Squares whose centres lie evenly over the image; those at the border reach beyond it and are cut. */
function squares(side: number, positions: number, patch: number): Square[] {
  const half = (patch * side) / 2;
  const clamp = (value: number) => Math.min(side, Math.max(0, Math.round(value)));
  const centre = (i: number) => ((i + 0.5) * side) / positions;
  return Array.from({length: positions * positions}, (_, i) => {
    const [x, y] = [centre(i % positions), centre(Math.floor(i / positions))];
    return {
      left: clamp(x - half),
      right: clamp(x + half),
      top: clamp(y - half),
      bottom: clamp(y + half),
    };
  });
}

/** The colour that the least can be told from: the image's mean. */
function meanColour({data}: RgbImage): [number, number, number] {
  const sums: [number, number, number] = [0, 0, 0];
  data.forEach((value, i) => (sums[i % 3]! += value));
  return sums.map((sum) => Math.round(sum / (data.length / 3))) as [number, number, number];
}

function paint(image: RgbImage, square: Square, colour: readonly number[]): Uint8Array {
  const data = image.data.slice();
  for (let y = square.top; y < square.bottom; y++) {
    for (let x = square.left; x < square.right; x++) data.set(colour, (y * image.width + x) * 3);
  }
  return data;
}

/** Rows (N, D) scaled to length one. */
function normalised(data: Float32Array, count: number): Float32Array[] {
  const size = data.length / count;
  return Array.from({length: count}, (_, n) => {
    const row = data.subarray(n * size, (n + 1) * size);
    const length = Math.hypot(...row) || 1;
    return row.map((value) => value / length);
  });
}

/** Cosine of each image with the first text, less the mean of its cosines with the others. */
function margins(images: Float32Array, texts: Float32Array, count: number): number[] {
  const size = texts.length / count;
  const [first, ...others] = normalised(texts, count);
  const direction = first!.map(
    (value, i) => value - others.reduce((sum, other) => sum + other[i]!, 0) / others.length,
  );
  return normalised(images, images.length / size).map((row) =>
    row.reduce((sum, value, i) => sum + value * direction[i]!, 0),
  );
}

/**
 * Where CLIP finds a class in an image, by occlusion: a square of the image's mean colour is moved over it, and a pixel
 * counts by how much the cosine with "a photo of a {class}", less that with an empty photo, falls on average when a square
 * covers it.
 *
 * @param clip  with both towers
 * @see Zeiler and Fergus, "Visualizing and understanding convolutional networks", 2014, section 4.2
 */
export async function subjectMap(
  clip: Clip,
  image: RgbImage,
  className: string,
  options: SubjectMapOptions = {},
): Promise<SubjectMap> {
  const {template = 'a photo of a {}', positions = 8, patch = 0.3, batchSize = 32, signal} = options;
  if (!clip.config.vision || !clip.config.text) {
    throw new SynoodError('ERR_CONFIG', 'Expected a CLIP model with an image tower and a text tower.');
  }
  const side = clip.config.vision.imageSize;
  // Squashed, so that the centre crop of CLIP's preprocessing takes nothing away.
  const small = resize(image, side, side, 'bicubic');
  const colour = meanColour(small);
  const covers = squares(side, positions, patch);
  const pictures = [small.data, ...covers.map((square) => paint(small, square, colour))];
  const texts = [template.replaceAll('{}', className), ...NOTHING];
  const text = await clip.encodeText(texts, {batchSize: texts.length, signal});
  const features = await clip.encodeImages(
    pictures.map((data) => ({data, width: side, height: side, channels: 3 as const})),
    {batchSize, signal},
  );
  const [whole, ...covered] = margins(features.data, text.data, texts.length);
  const sums = new Float64Array(side * side);
  const counts = new Float64Array(side * side);
  covers.forEach(({left, top, right, bottom}, index) => {
    for (let y = top; y < bottom; y++) {
      for (let x = left; x < right; x++) {
        sums[y * side + x]! += whole! - covered[index]!;
        counts[y * side + x]! += 1;
      }
    }
  });
  return {data: Float32Array.from(sums, (sum, i) => sum / (counts[i]! || 1)), width: side, height: side};
}
