import {basename} from 'node:path';
import {messageOf} from '../binding/errors.js';
import {encodePicture, encodeSquares, squareOf, squaresOfSheet} from './pictures.js';
import {type GallerySample, type Picture} from './report-data.js';

/** A sample's images as `data:` addresses; `null` where a file could not be read. */
export interface Thumbnails {
  before: string | null;
  after: string | null;
  /** Every iteration's image in one picture, beside each other. */
  strip: {picture: string; count: number} | null;
  /** What could not be read, and why. */
  failures: string[];
}

interface Setting {
  /** The longer edge at most, in pixels; small images are not enlarged. */
  edge: number;
  quality: number;
  /** Of the squares of a strip; 0 leaves the strips away. */
  stripEdge: number;
}

/** From the best to the smallest; the first that fits the budget is used for all samples. */
const SETTINGS: readonly Setting[] = [
  {edge: 192, quality: 82, stripEdge: 96},
  {edge: 160, quality: 78, stripEdge: 72},
  {edge: 160, quality: 70, stripEdge: 56},
  {edge: 144, quality: 60, stripEdge: 48},
  {edge: 128, quality: 50, stripEdge: 32},
  {edge: 96, quality: 40, stripEdge: 24},
  {edge: 64, quality: 30, stripEdge: 0},
];

/** At most `limit` of a list, evenly spread. */
function spread<T>(list: readonly T[], limit: number): T[] {
  if (list.length <= limit) return [...list];
  return Array.from({length: limit}, (_, i) => list[Math.floor(((i + 0.5) * list.length) / limit)]!);
}

async function stripOf(
  iterations: NonNullable<GallerySample['iterations']>,
  {stripEdge: edge, quality}: Setting,
): Promise<Thumbnails['strip']> {
  const squares = Array.isArray(iterations)
    ? await Promise.all(iterations.map((one) => squareOf(one, edge)))
    : await squaresOfSheet(iterations, edge);
  if (squares.length === 0) return null;
  const picture = await encodeSquares(squares, {edge, columns: squares.length, quality});
  return {picture, count: squares.length};
}

/** A page that is passed on does not tell where the files of its maker lie. */
function withoutPaths(message: string, {before, after, iterations}: GallerySample): string {
  const sheet = iterations && !Array.isArray(iterations) ? iterations.sheet : undefined;
  return [before, after, sheet]
    .filter((one) => typeof one === 'string')
    .reduce((text, path) => text.replaceAll(path, basename(path)), message);
}

async function thumbnailsOf(sample: GallerySample, setting: Setting): Promise<Thumbnails> {
  const failures: string[] = [];
  const attempt = async <T>(what: string, make: () => Promise<T>): Promise<T | null> => {
    try {
      return await make();
    } catch (error) {
      failures.push(`${what}: ${withoutPaths(messageOf(error), sample)}`);
      return null;
    }
  };
  const single = (what: string, picture: Picture | undefined) =>
    attempt(what, async () => (picture ? encodePicture(picture, setting.edge, setting.quality) : null));
  const before = await single('image before', sample.before);
  const after = await single('image after', sample.after);
  const {iterations} = sample;
  const strip =
    iterations && setting.stripEdge > 0
      ? await attempt('iterations', () => stripOf(iterations, setting))
      : null;
  return {before, after, strip, failures};
}

const sizeOf = ({before, after, strip}: Thumbnails): number =>
  [before ?? '', after ?? '', strip?.picture ?? ''].reduce((sum, image) => sum + image.length, 0);

/** Characters of a few samples' images, times how many there are of each. */
async function estimate(samples: readonly GallerySample[], setting: Setting): Promise<number> {
  const few = spread(samples, 10);
  const made = await Promise.all(few.map((sample) => thumbnailsOf(sample, setting)));
  return (made.reduce((sum, images) => sum + sizeOf(images), 0) * samples.length) / few.length;
}

/**
 * The images of all samples, in the best quality of which all together take at most `budget` characters; in the
 * smallest, whatever it takes, where none does.
 */
export async function thumbnails(samples: readonly GallerySample[], budget: number): Promise<Thumbnails[]> {
  const smallest = SETTINGS.length - 1;
  for (const [index, setting] of SETTINGS.entries()) {
    if (index < smallest && (await estimate(samples, setting)) > 1.1 * budget) continue;
    const made: Thumbnails[] = [];
    for (const sample of samples) made.push(await thumbnailsOf(sample, setting));
    const size = made.reduce((sum, images) => sum + sizeOf(images), 0);
    if (size <= budget || index === smallest) return made;
  }
  return [];
}

/** Pictures of one kind and size; `null` where there is none or it could not be read. */
export const smallPictures = (images: readonly (Picture | undefined)[]): Promise<(string | null)[]> =>
  Promise.all(images.map(async (image) => (image ? encodePicture(image, 128, 74).catch(() => null) : null)));
