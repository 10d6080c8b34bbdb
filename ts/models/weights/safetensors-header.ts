import {type FileHandle, open} from 'node:fs/promises';
import {z} from 'zod';
import {messageOf, SynoodError} from '../../binding/errors.js';
import {
  BYTES_PER_ELEMENT,
  LENGTH_BYTES,
  MAX_HEADER_BYTES,
  METADATA_KEY,
  type SafetensorsDtype,
  type SafetensorsEntry,
  type SafetensorsHeader,
} from './safetensors-format.js';
import {topLevelKeys} from './top-level-keys.js';

const HINT = 'The file is damaged or not safetensors; fetch or save it again.';

const entrySchema = z.object({
  dtype: z.string(),
  shape: z.array(z.number().int().nonnegative()),
  data_offsets: z.tuple([z.number().int().nonnegative(), z.number().int().nonnegative()]),
});

function malformed(path: string, what: string): SynoodError {
  return new SynoodError('ERR_MODEL_FORMAT', `${path}: ${what}. ${HINT}`);
}

/**
 * Reads and checks the header of a safetensors file. After it, every entry lies inside the file, has as many
 * bytes as its shape and dtype ask for, and entries neither overlap nor leave holes.
 *
 * @throws SynoodError ERR_MODEL_FORMAT naming file and key; ERR_IO if the file cannot be read
 */
export async function readSafetensorsHeader(path: string): Promise<SafetensorsHeader> {
  let handle: FileHandle;
  try {
    handle = await open(path, 'r');
  } catch (error) {
    throw new SynoodError('ERR_IO', `Cannot read ${path}: ${messageOf(error)}`, {cause: error});
  }
  try {
    const stats = await handle.stat();
    if (!stats.isFile()) throw malformed(path, 'expected a file, found a directory or device');
    const length = await readHeaderLength(handle, path, stats.size);
    const text = decodeUtf8(await readExactly(handle, path, LENGTH_BYTES, length), path);
    return {path, fileSize: stats.size, ...parseHeader(text, path, LENGTH_BYTES + length, stats.size)};
  } finally {
    await handle.close();
  }
}

async function readExactly(
  handle: FileHandle,
  path: string,
  position: number,
  length: number,
): Promise<Buffer> {
  const buffer = Buffer.alloc(length);
  let filled = 0;
  while (filled < length) {
    const {bytesRead} = await handle.read(buffer, filled, length - filled, position + filled);
    if (bytesRead === 0) throw malformed(path, 'the file ends inside its header');
    filled += bytesRead;
  }
  return buffer;
}

async function readHeaderLength(handle: FileHandle, path: string, fileSize: number): Promise<number> {
  if (fileSize < LENGTH_BYTES) {
    throw malformed(path, `the file has ${fileSize} bytes, too few for the header's length (truncated?)`);
  }
  const length = (await readExactly(handle, path, 0, LENGTH_BYTES)).readBigUInt64LE();
  if (length > BigInt(MAX_HEADER_BYTES)) {
    throw malformed(path, `the header's length is given as ${length} bytes, more than ${MAX_HEADER_BYTES}`);
  }
  if (length > BigInt(fileSize - LENGTH_BYTES)) {
    throw malformed(
      path,
      `the header's length is given as ${length} bytes, but the file has only ${fileSize}`,
    );
  }
  return Number(length);
}

function decodeUtf8(bytes: Buffer, path: string): string {
  try {
    return new TextDecoder('utf-8', {fatal: true, ignoreBOM: true}).decode(bytes);
  } catch {
    throw malformed(path, 'the header is not UTF-8 text');
  }
}

function parseHeader(text: string, path: string, dataStart: number, fileSize: number) {
  let header: unknown;
  try {
    header = JSON.parse(text);
  } catch (error) {
    throw malformed(path, `the header is not JSON (${messageOf(error)})`);
  }
  if (typeof header !== 'object' || header === null || Array.isArray(header)) {
    throw malformed(path, 'the header is not a JSON object');
  }
  const seen = new Set<string>();
  for (const key of topLevelKeys(text)) {
    if (seen.has(key)) throw malformed(path, `key "${key}" is in the header twice`);
    seen.add(key);
  }
  const entries: SafetensorsEntry[] = [];
  let metadata: Record<string, string> = {};
  for (const [name, value] of Object.entries(header)) {
    if (name === METADATA_KEY) metadata = parseMetadata(value, path);
    else entries.push(parseEntry(name, value, path, dataStart, fileSize));
  }
  entries.sort((a, b) => a.begin - b.begin || a.end - b.end);
  checkCover(entries, path, dataStart, fileSize);
  return {entries, metadata};
}

function parseMetadata(value: unknown, path: string): Record<string, string> {
  const result = z.record(z.string(), z.string()).safeParse(value);
  if (!result.success) throw malformed(path, `"${METADATA_KEY}" must map names to text`);
  return result.data;
}

function parseEntry(
  name: string,
  value: unknown,
  path: string,
  dataStart: number,
  fileSize: number,
): SafetensorsEntry {
  const result = entrySchema.safeParse(value);
  if (!result.success) {
    const issue = result.error.issues[0];
    throw malformed(
      path,
      `key "${name}": ${issue?.path.join('.') ?? 'entry'}: ${issue?.message ?? 'malformed'}`,
    );
  }
  const {dtype, shape, data_offsets: offsets} = result.data;
  if (!Object.hasOwn(BYTES_PER_ELEMENT, dtype))
    throw malformed(path, `key "${name}": unknown dtype "${dtype}"`);
  const [begin, end] = offsets;
  if (begin > end) throw malformed(path, `key "${name}": begins at ${begin}, after its end ${end}`);
  if (end > fileSize - dataStart) {
    throw malformed(
      path,
      `key "${name}": ends at byte ${end} of the data, beyond the file, which has ${fileSize - dataStart} there`,
    );
  }
  const expected =
    shape.reduce((product, size) => product * size, 1) * BYTES_PER_ELEMENT[dtype as SafetensorsDtype];
  if (expected !== end - begin) {
    throw malformed(
      path,
      `key "${name}": shape [${shape.join(', ')}] of ${dtype} needs ${expected} bytes, its offsets hold ${end - begin}`,
    );
  }
  return {name, dtype: dtype as SafetensorsDtype, shape, begin: dataStart + begin, end: dataStart + end};
}

function checkCover(entries: SafetensorsEntry[], path: string, dataStart: number, fileSize: number): void {
  let end = dataStart;
  let previous = '';
  for (const entry of entries) {
    if (entry.begin < end) throw malformed(path, `key "${entry.name}" overlaps key "${previous}"`);
    if (entry.begin > end) {
      throw malformed(path, `${entry.begin - end} bytes before key "${entry.name}" belong to no key`);
    }
    end = entry.end;
    previous = entry.name;
  }
  if (end < fileSize) {
    const after = previous === '' ? 'after the header' : `after key "${previous}"`;
    throw malformed(path, `${fileSize - end} bytes ${after} belong to no key`);
  }
}
