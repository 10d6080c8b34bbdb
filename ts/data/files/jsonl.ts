import {open, readFile, truncate} from 'node:fs/promises';
import {messageOf, SynoodError} from '../../binding/errors.js';
import {type FileContent, writeFileAtomic} from './atomic-file.js';

/** Rows as JSON lines, one row a line, the last line ended too. */
export function toJsonl(rows: Iterable<unknown>): string {
  let text = '';
  for (const row of rows) text += `${JSON.stringify(row)}\n`;
  return text;
}

/** Writes rows as a whole JSON-lines file, atomically. */
export function writeJsonl(path: string, rows: Iterable<unknown>): Promise<void> {
  return writeFileAtomic(path, toJsonl(rows) as FileContent);
}

function isNotFound(error: unknown): boolean {
  return (error as NodeJS.ErrnoException)?.code === 'ENOENT';
}

async function readBytes(path: string): Promise<Buffer | undefined> {
  try {
    return await readFile(path);
  } catch (error) {
    if (isNotFound(error)) return undefined;
    throw new SynoodError('ERR_IO', `Cannot read ${path}: ${messageOf(error)}`, {cause: error});
  }
}

function parseLine(line: string, path: string, number: number): unknown {
  try {
    return JSON.parse(line);
  } catch (error) {
    throw new SynoodError('ERR_CONFIG', `${path}, line ${number} is not JSON: ${messageOf(error)}`, {
      cause: error,
    });
  }
}

/** Whether an unended last line is whole. A cut-off number can still parse; a cut-off object or array cannot. */
function isWholeRow(line: string): boolean {
  if (!/^\s*[{[]/.test(line)) return false;
  try {
    JSON.parse(line);
    return true;
  } catch {
    return false;
  }
}

/**
 * The rows of a JSON-lines file; none if there is no such file. A last line without its line end is what an
 * interrupted append leaves: it counts if it is a whole JSON object or array, else it is left out. Empty lines are skipped.
 *
 * @throws SynoodError ERR_CONFIG naming file and line if any other line is not JSON
 */
export async function readJsonl(path: string): Promise<unknown[]> {
  const bytes = await readBytes(path);
  if (bytes === undefined) return [];
  const lines = bytes
    .toString('utf8')
    .replace(/^\uFEFF/, '')
    .split('\n');
  const last = lines.pop() ?? '';
  const rows: unknown[] = [];
  lines.forEach((line, index) => {
    if (line.trim() !== '') rows.push(parseLine(line, path, index + 1));
  });
  if (isWholeRow(last)) rows.push(JSON.parse(last));
  return rows;
}

/**
 * Makes an interrupted file fit for appending: a whole last row gets its line end, a cut-off one goes.
 */
async function mendTail(path: string): Promise<void> {
  const bytes = await readBytes(path);
  if (bytes === undefined || bytes.length === 0 || bytes[bytes.length - 1] === 0x0a) return;
  const start = bytes.lastIndexOf(0x0a) + 1;
  if (!isWholeRow(bytes.subarray(start).toString('utf8'))) {
    await truncate(path, start);
    return;
  }
  await using handle = await open(path, 'a');
  await handle.writeFile('\n');
}

/** Appends rows to a JSON-lines file, each on the disk before `append` resolves. */
export class JsonlWriter {
  #handle: Awaited<ReturnType<typeof open>>;
  #queue: Promise<void> = Promise.resolve();

  private constructor(handle: Awaited<ReturnType<typeof open>>) {
    this.#handle = handle;
  }

  /** Opens for appending, after mending what an interruption left at the end. */
  static async open(path: string): Promise<JsonlWriter> {
    try {
      await mendTail(path);
      return new JsonlWriter(await open(path, 'a'));
    } catch (error) {
      if (error instanceof SynoodError) throw error;
      throw new SynoodError('ERR_IO', `Cannot write ${path}: ${messageOf(error)}`, {cause: error});
    }
  }

  /** Rows land in the order of the calls, also when calls overlap. */
  append(...rows: unknown[]): Promise<void> {
    const text = toJsonl(rows);
    const done = this.#queue.then(async () => {
      await this.#handle.writeFile(text);
      await this.#handle.datasync();
    });
    this.#queue = done.catch(() => undefined);
    return done;
  }

  async close(): Promise<void> {
    await this.#queue;
    await this.#handle.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}
