import {randomBytes} from 'node:crypto';
import {mkdir, open, rename, rm} from 'node:fs/promises';
import {basename, dirname, join} from 'node:path';
import {messageOf, SynoodError} from '../../binding/errors.js';

/** What a file is written from: text (UTF-8), bytes, or pieces of bytes in order. */
export type FileContent = string | Uint8Array | Iterable<Uint8Array> | AsyncIterable<Uint8Array>;

async function* pieces(content: FileContent): AsyncGenerator<Uint8Array> {
  if (typeof content === 'string') yield Buffer.from(content, 'utf8');
  else if (content instanceof Uint8Array) yield content;
  else yield* content;
}

async function syncDirectory(directory: string): Promise<void> {
  // Windows cannot open a directory; there the rename alone has to do.
  if (process.platform === 'win32') return;
  const handle = await open(directory, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/**
 * Writes a file so that it appears under its name only when whole: beside it first, then fsync, rename, and
 * fsync of the directory. Missing directories are made. If anything fails, an older file stays as it was.
 *
 * @throws SynoodError ERR_IO naming the file; what `content` itself throws passes through
 */
export async function writeFileAtomic(path: string, content: FileContent): Promise<void> {
  const directory = dirname(path);
  const beside = join(directory, `.${basename(path)}.${process.pid}.${randomBytes(4).toString('hex')}.part`);
  try {
    await mkdir(directory, {recursive: true});
    const handle = await open(beside, 'wx');
    try {
      for await (const piece of pieces(content)) await handle.writeFile(piece);
      await handle.sync();
    } finally {
      await handle.close();
    }
    await rename(beside, path);
    await syncDirectory(directory);
  } catch (error) {
    await rm(beside, {force: true}).catch(() => undefined);
    if (error instanceof SynoodError) throw error;
    throw new SynoodError('ERR_IO', `Cannot write ${path}: ${messageOf(error)}`, {cause: error});
  }
}
