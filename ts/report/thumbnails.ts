import sharp from 'sharp';
import {messageOf} from '../binding/errors.js';
import {type GallerySample} from './report-data.js';

/** A sample's images as `data:` addresses; `null` where a file could not be read. */
export interface Thumbnails {
  before: string | null;
  after: string | null;
  iterations: string[];
  /** What could not be read, and why. */
  failures: string[];
}

interface Setting {
  /** The longer edge at most, in pixels; small images are not enlarged. */
  edge: number;
  quality: number;
  iterationEdge: number;
  /** Images between the first and the last that are kept, evenly spread. */
  iterations: number;
}

/** From the best to the smallest; the first that fits the budget is used for all samples. */
const SETTINGS: readonly Setting[] = [
  {edge: 160, quality: 82, iterationEdge: 112, iterations: 8},
  {edge: 160, quality: 72, iterationEdge: 80, iterations: 6},
  {edge: 144, quality: 60, iterationEdge: 64, iterations: 4},
  {edge: 128, quality: 50, iterationEdge: 64, iterations: 0},
  {edge: 96, quality: 40, iterationEdge: 64, iterations: 0},
  {edge: 64, quality: 30, iterationEdge: 64, iterations: 0},
];

async function encode(image: Uint8Array, edge: number, quality: number): Promise<string> {
  const webp = await sharp(image)
    .autoOrient()
    .resize({width: edge, height: edge, fit: 'inside', withoutEnlargement: true})
    .webp({quality, effort: 4, smartSubsample: true})
    .toBuffer();
  return `data:image/webp;base64,${webp.toString('base64')}`;
}

/** At most `limit` of a list, evenly spread. */
function spread<T>(list: readonly T[], limit: number): T[] {
  if (list.length <= limit) return [...list];
  return Array.from({length: limit}, (_, i) => list[Math.floor(((i + 0.5) * list.length) / limit)]!);
}

async function thumbnailsOf(sample: GallerySample, setting: Setting): Promise<Thumbnails> {
  const failures: string[] = [];
  const attempt = async (
    what: string,
    image: Uint8Array | undefined,
    edge: number,
  ): Promise<string | null> => {
    if (!image) return null;
    try {
      return await encode(image, edge, setting.quality);
    } catch (error) {
      failures.push(`${what}: ${messageOf(error)}`);
      return null;
    }
  };
  const before = await attempt('image before', sample.before, setting.edge);
  const after = await attempt('image after', sample.after, setting.edge);
  const steps = spread(sample.iterations ?? [], setting.iterations);
  const iterations: string[] = [];
  for (const step of steps) {
    const small = await attempt('image between', step, setting.iterationEdge);
    if (small) iterations.push(small);
  }
  return {before, after, iterations, failures};
}

const sizeOf = ({before, after, iterations}: Thumbnails): number =>
  [before ?? '', after ?? '', ...iterations].reduce((sum, image) => sum + image.length, 0);

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

/** Pictures of one kind and size; `null` where one could not be read. */
export const smallPictures = (images: readonly Uint8Array[]): Promise<(string | null)[]> =>
  Promise.all(images.map((image) => encode(image, 112, 70).catch(() => null)));
