import {SynoodError} from '../binding/errors.js';
import type {RgbImage} from '../data/image.js';
import {resize} from '../data/resize.js';
import type {Clip} from '../models/clip.js';

export interface SubjectMapOptions {
  /** what stands around the class in the text; default 'a photo of a {}' */
  template?: string;
  /** positions of the grey square along each side; default 9 */
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

/** Cosines of rows (N, D) with one vector (1, D). */
function cosines(rows: Float32Array, vector: Float32Array): Float64Array {
  const size = vector.length;
  const length = (values: Float32Array) => Math.hypot(...values) || 1;
  return Float64Array.from({length: rows.length / size}, (_, n) => {
    const row = rows.subarray(n * size, (n + 1) * size);
    return row.reduce((sum, value, i) => sum + value * vector[i]!, 0) / (length(row) * length(vector));
  });
}

/**
 * Where CLIP finds a class in an image, by occlusion: a square of the image's mean colour is moved over it, and a pixel
 * counts by how much the cosine with "a photo of a {class}" falls, on average, when a square covers it.
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
  const {template = 'a photo of a {}', positions = 9, patch = 0.3, batchSize = 32, signal} = options;
  if (!clip.config.vision || !clip.config.text) {
    throw new SynoodError('ERR_CONFIG', 'Expected a CLIP model with an image tower and a text tower.');
  }
  const side = clip.config.vision.imageSize;
  // Squashed, so that the centre crop of CLIP's preprocessing takes nothing away.
  const small = resize(image, side, side, 'bicubic');
  const colour = meanColour(small);
  const covers = squares(side, positions, patch);
  const pictures = [small.data, ...covers.map((square) => paint(small, square, colour))];
  const text = await clip.encodeText([template.replaceAll('{}', className)], {batchSize: 1, signal});
  const features = await clip.encodeImages(
    pictures.map((data) => ({data, width: side, height: side, channels: 3 as const})),
    {batchSize, signal},
  );
  const [whole, ...covered] = cosines(features.data, text.data);
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
