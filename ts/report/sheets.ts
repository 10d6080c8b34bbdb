import {stat} from 'node:fs/promises';
import {encodeSquares, squareOf} from './pictures.js';
import {type GallerySample, type Picture} from './report-data.js';

/** Small pictures of many samples: before and after beside each other, a row for each sample. */
export interface Sheets {
  /** Pixels of a square's side. */
  edge: number;
  /** Samples on each sheet but the last. */
  rows: number;
  /** Samples that have their pictures here, the first ones of those that were given. */
  count: number;
  /** `data:` addresses. */
  sheets: string[];
}

/** A page of the gallery needs at most two sheets. */
const ROWS = 24;

interface Size {
  edge: number;
  quality: number;
}

/** From the largest, in which pictures are decoded, to the smallest. */
const SIZES: readonly Size[] = [
  {edge: 64, quality: 55},
  {edge: 48, quality: 50},
  {edge: 32, quality: 45},
];

/** Bytes of files that are decoded at most: what a page waits for grows with them. */
const SOURCE_LIMIT = 500_000_000;

async function bytesOf(picture: Picture | undefined): Promise<number> {
  if (picture === undefined) return 0;
  if (typeof picture !== 'string') return picture.length;
  return stat(picture).then(
    ({size}) => size,
    () => 0,
  );
}

/** The first samples, as many as can be decoded in reasonable time. */
async function affordable(samples: readonly GallerySample[]): Promise<GallerySample[]> {
  let total = 0;
  const kept: GallerySample[] = [];
  for (const sample of samples) {
    total += (await bytesOf(sample.before)) + (await bytesOf(sample.after));
    if (total > SOURCE_LIMIT) break;
    kept.push(sample);
  }
  return kept;
}

const squareOrNone = (picture: Picture | undefined, edge: number): Promise<Buffer | null> =>
  picture === undefined ? Promise.resolve(null) : squareOf(picture, edge).catch(() => null);

async function sheetOf(samples: readonly GallerySample[], {edge, quality}: Size): Promise<string> {
  const decoded = SIZES[0]!.edge;
  const squares = await Promise.all(
    samples.flatMap(({before, after}) => [squareOrNone(before, decoded), squareOrNone(after, decoded)]),
  );
  return encodeSquares(squares, {edge: decoded, columns: 2, quality, effort: 1, shown: edge});
}

/** Sheets for all samples, in the largest pictures of which all take at most `budget` characters, or the smallest. */
export async function sheetsOf(samples: readonly GallerySample[], budget: number): Promise<Sheets> {
  const shown = await affordable(samples);
  const parts = Array.from({length: Math.ceil(shown.length / ROWS)}, (_, index) =>
    shown.slice(index * ROWS, (index + 1) * ROWS),
  );
  const middle = parts[Math.floor(parts.length / 2)];
  let chosen = SIZES.at(-1)!;
  for (const setting of SIZES) {
    if (!middle) break;
    const one = await sheetOf(middle, setting);
    if (one.length * parts.length > budget) continue;
    chosen = setting;
    break;
  }
  const sheets: string[] = [];
  for (const part of parts) sheets.push(await sheetOf(part, chosen));
  return {edge: chosen.edge, rows: ROWS, count: shown.length, sheets};
}
