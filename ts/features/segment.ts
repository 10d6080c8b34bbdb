import {open} from 'node:fs/promises';
import {crc32} from 'node:zlib';
import {messageOf, SynoodError} from '../binding/errors.js';
import {
  readSafetensorsHeader,
  type SafetensorsEntry,
  writeSafetensors,
} from '../models/weights/safetensors.js';
import {type FeatureSpace, spaceId} from './feature-space.js';

/**
 * One file of a feature bank, written once and whole. Safetensors with
 *
 *     keys      (N, 32) U8   SHA-256 of each image's content
 *     checks    (N)     I32  CRC-32 of space, key and numbers: a row that does not fit is never returned
 *     <name>    (N, D)  F32  for each tensor of the space
 */
export interface Segment {
  path: string;
  keys: Buffer;
  checks: Int32Array;
  /** byte offsets of the tensors' first rows */
  begins: Record<string, number>;
}

/** One image's numbers, by tensor. */
export type FeatureRow = Record<string, Float32Array>;

export const KEY_BYTES = 32;

/** Rows that lie side by side are read at once, up to so many bytes. */
const READ_BYTES = 4 * 2 ** 20;

const bytesOf = (values: Float32Array): Uint8Array =>
  new Uint8Array(values.buffer, values.byteOffset, values.byteLength);

/** The checksum that a row must have, as a signed 32-bit number. */
export function rowCheck(space: FeatureSpace, id: string, key: Uint8Array, row: FeatureRow): number {
  let check = crc32(key, crc32(id));
  for (const name of Object.keys(space.widths).sort()) check = crc32(bytesOf(row[name]!), check);
  return check | 0;
}

export async function writeSegment(
  path: string,
  space: FeatureSpace,
  rows: readonly {key: string; row: FeatureRow}[],
): Promise<void> {
  const id = spaceId(space);
  const keys = new Uint8Array(rows.length * KEY_BYTES);
  const checks = new Int32Array(rows.length);
  rows.forEach(({key, row}, at) => {
    const bytes = Buffer.from(key, 'hex');
    keys.set(bytes, at * KEY_BYTES);
    checks[at] = rowCheck(space, id, bytes, row);
  });
  const tensors = Object.entries(space.widths).map(([name, width]) => {
    const data = new Float32Array(rows.length * width);
    rows.forEach(({row}, at) => data.set(row[name]!, at * width));
    return [name, {data, shape: [rows.length, width]}] as const;
  });
  await writeSafetensors(
    path,
    {
      ...Object.fromEntries(tensors),
      keys: {data: keys, shape: [rows.length, KEY_BYTES]},
      checks: {data: checks, shape: [rows.length]},
    },
    {format: 'synood-features-1', space: id},
  );
}

async function readRange(path: string, begin: number, length: number): Promise<Buffer> {
  await using file = await open(path, 'r');
  const buffer = Buffer.alloc(length);
  let done = 0;
  while (done < length) {
    const {bytesRead} = await file.read(buffer, done, length - done, begin + done);
    if (bytesRead === 0) throw new SynoodError('ERR_IO', `${path} ends before its last row.`);
    done += bytesRead;
  }
  return buffer;
}

/**
 * Reads a segment's keys and checksums, not its features.
 *
 * @throws SynoodError ERR_MODEL_FORMAT if the file is damaged or another space's; ERR_IO if it cannot be read
 */
export async function openSegment(path: string, space: FeatureSpace): Promise<Segment> {
  const {entries, metadata} = await readSafetensorsHeader(path);
  const wrong = (what: string) => new SynoodError('ERR_MODEL_FORMAT', `${path}: ${what}.`);
  if (metadata['space'] !== spaceId(space)) throw wrong('it has features of another model or preprocessing');
  const find = (name: string, dtype: string, width?: number): SafetensorsEntry => {
    const entry = entries.find((one) => one.name === name);
    const fits = width === undefined ? entry?.shape.length === 1 : entry?.shape[1] === width;
    if (entry?.dtype === dtype && fits) return entry;
    throw wrong(`expected "${name}" of ${dtype} with ${width ?? 1} numbers a row`);
  };
  const keys = find('keys', 'U8', KEY_BYTES);
  const checks = find('checks', 'I32');
  const begins: Record<string, number> = {};
  for (const [name, width] of Object.entries(space.widths)) {
    const entry = find(name, 'F32', width);
    if (entry.shape[0] !== keys.shape[0]) throw wrong(`"${name}" has another number of rows than "keys"`);
    begins[name] = entry.begin;
  }
  if (checks.shape[0] !== keys.shape[0]) throw wrong('"checks" has another number of rows than "keys"');
  const stored = await readRange(path, checks.begin, checks.end - checks.begin);
  return {
    path,
    keys: await readRange(path, keys.begin, keys.end - keys.begin),
    checks: new Int32Array(stored.buffer, stored.byteOffset, checks.shape[0]),
    begins,
  };
}

/** Ascending rows as runs [first, count] that lie side by side. */
function runsOf(rows: readonly number[], rowBytes: number): [number, number][] {
  const most = Math.max(1, Math.floor(READ_BYTES / rowBytes));
  const runs: [number, number][] = [];
  for (const row of rows) {
    const last = runs.at(-1);
    if (last && last[0] + last[1] === row && last[1] < most) last[1]++;
    else runs.push([row, 1]);
  }
  return runs;
}

/**
 * Some rows of a segment, each checked.
 *
 * @param rows  ascending, without doubles
 * @returns by row; a row whose checksum does not fit is left out
 * @throws SynoodError ERR_IO if the file cannot be read
 */
export async function readRows(
  segment: Segment,
  space: FeatureSpace,
  rows: readonly number[],
): Promise<Map<number, FeatureRow>> {
  const found = new Map<number, FeatureRow>(rows.map((row) => [row, {}]));
  try {
    for (const [name, width] of Object.entries(space.widths)) {
      const rowBytes = width * 4;
      for (const [first, count] of runsOf(rows, rowBytes)) {
        const bytes = await readRange(
          segment.path,
          segment.begins[name]! + first * rowBytes,
          count * rowBytes,
        );
        const values = new Float32Array(bytes.buffer, bytes.byteOffset, count * width);
        for (let at = 0; at < count; at++)
          found.get(first + at)![name] = values.subarray(at * width, (at + 1) * width);
      }
    }
  } catch (error) {
    if (error instanceof SynoodError) throw error;
    throw new SynoodError('ERR_IO', `Cannot read ${segment.path}: ${messageOf(error)}`, {cause: error});
  }
  const id = spaceId(space);
  for (const [row, features] of found) {
    const key = segment.keys.subarray(row * KEY_BYTES, (row + 1) * KEY_BYTES);
    if (rowCheck(space, id, key, features) !== segment.checks[row]) found.delete(row);
  }
  return found;
}
