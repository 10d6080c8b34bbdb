import {createHash} from 'node:crypto';
import {open, readdir, stat} from 'node:fs/promises';
import {join} from 'node:path';
import {messageOf, SynoodError} from '../binding/errors.js';

/** Of a larger file only both ends are read: weights of many gigabytes would take longer to hash than to use. */
const WHOLE_BYTES = 32 * 2 ** 20;
const END_BYTES = 2 ** 20;

async function hashInto(hash: ReturnType<typeof createHash>, path: string, size: number): Promise<void> {
  await using file = await open(path, 'r');
  const ranges =
    size <= WHOLE_BYTES
      ? [[0, size] as const]
      : [[0, END_BYTES] as const, [size - END_BYTES, END_BYTES] as const];
  for (const [position, length] of ranges) {
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
 * 32 MB the first and the last megabyte. Where the folder lies does not matter.
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
