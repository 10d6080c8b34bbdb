import {createHash} from 'node:crypto';
import {createReadStream} from 'node:fs';
import {pipeline} from 'node:stream/promises';
import {messageOf, SynoodError} from '../../binding/errors.js';

/**
 * JSON with the keys of every object in code-unit order and no white space, so that equal values give equal
 * text. `undefined` members are left out, as JSON.stringify does.
 *
 * @throws SynoodError ERR_VALUE on what JSON cannot hold faithfully (NaN, infinities, functions, bigints)
 */
export function canonicalJson(value: unknown): string {
  if (value === null || typeof value === 'boolean' || typeof value === 'string') return JSON.stringify(value);
  if (typeof value === 'number') {
    if (!Number.isFinite(value)) throw new SynoodError('ERR_VALUE', `JSON cannot hold the number ${value}.`);
    return JSON.stringify(value);
  }
  if (Array.isArray(value)) return `[${value.map((item) => canonicalJson(item ?? null)).join(',')}]`;
  if (typeof value === 'object') {
    const toJson = (value as {toJSON?: () => unknown}).toJSON;
    if (typeof toJson === 'function') return canonicalJson(toJson.call(value));
    const members = Object.entries(value)
      .filter(([, member]) => member !== undefined)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, member]) => `${JSON.stringify(key)}:${canonicalJson(member)}`);
    return `{${members.join(',')}}`;
  }
  throw new SynoodError('ERR_VALUE', `JSON cannot hold a ${typeof value}.`);
}

/** SHA-256, in hexadecimal, of the canonical JSON of a value. */
export function hashJson(value: unknown): string {
  return createHash('sha256').update(canonicalJson(value)).digest('hex');
}

/** SHA-256, in hexadecimal, of text (UTF-8) or bytes. */
export function hashBytes(content: string | Uint8Array): string {
  return createHash('sha256').update(content).digest('hex');
}

/**
 * SHA-256, in hexadecimal, of a file's content, read in pieces.
 *
 * @throws SynoodError ERR_IO if the file cannot be read
 */
export async function hashFile(path: string): Promise<string> {
  const hash = createHash('sha256');
  try {
    await pipeline(createReadStream(path), hash);
  } catch (error) {
    throw new SynoodError('ERR_IO', `Cannot read ${path}: ${messageOf(error)}`, {cause: error});
  }
  return hash.digest('hex');
}
