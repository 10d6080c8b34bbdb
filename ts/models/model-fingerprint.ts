import {createHash} from 'node:crypto';
import {open, readdir, stat} from 'node:fs/promises';
import {join} from 'node:path';
import {messageOf, SynoodError} from '../binding/errors.js';
import {hashFile, hashJson} from '../data/files/canonical-hash.js';

/**
 * Of a larger file, parts are read that lie evenly over it: weights of many gigabytes would take longer to hash than to use, and
 * both ends alone would not tell a model from one whose middle layers were trained on.
 */
const WHOLE_BYTES = 32 * 2 ** 20;
const PARTS = 512;
const PART_BYTES = 2 ** 16;

function rangesOf(size: number): (readonly [number, number])[] {
  if (size <= WHOLE_BYTES) return [[0, size]];
  return Array.from({length: PARTS}, (_, part) => {
    return [Math.floor((part * (size - PART_BYTES)) / (PARTS - 1)), PART_BYTES] as const;
  });
}

async function hashInto(hash: ReturnType<typeof createHash>, path: string, size: number): Promise<void> {
  await using file = await open(path, 'r');
  for (const [position, length] of rangesOf(size)) {
    const buffer = Buffer.alloc(length);
    let done = 0;
    while (done < length) {
      const {bytesRead} = await file.read(buffer, done, length - done, position + done);
      if (bytesRead === 0) break;
      done += bytesRead;
    }
    hash.update(buffer.subarray(0, done));
  }
}

/**
 * SHA-256, in hexadecimal, that tells model folders apart: the names, sizes and contents of their files, of those above
 * 32 MB 512 parts of 64 kB. Where the folder lies does not matter.
 *
 * @throws SynoodError ERR_IO if the folder cannot be read
 */
export async function modelFingerprint(folder: string): Promise<string> {
  const hash = createHash('sha256');
  try {
    const entries = await readdir(folder, {recursive: true, withFileTypes: true});
    const names = entries
      .filter((entry) => !entry.isDirectory())
      .map((entry) => join(entry.parentPath, entry.name))
      .sort();
    for (const path of names) {
      const {size} = await stat(path);
      hash.update(`${path.slice(folder.length)}\0${size}\0`);
      await hashInto(hash, path, size);
    }
  } catch (error) {
    throw new SynoodError('ERR_IO', `Cannot read the model folder ${folder}: ${messageOf(error)}`, {
      cause: error,
    });
  }
  return hash.digest('hex');
}

/**
 * SHA-256, in hexadecimal, of exactly what a loaded model computes with: its configuration and every byte of its weights.
 *
 * @throws SynoodError ERR_IO if a file cannot be read
 */
export async function weightsFingerprint(config: unknown, files: readonly {path: string}[]): Promise<string> {
  const contents: string[] = [];
  for (const {path} of files) contents.push(await hashFile(path));
  return hashJson({config, contents});
}
