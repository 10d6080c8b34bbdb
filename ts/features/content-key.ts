import {createHash} from 'node:crypto';
import {hashBytes} from '../data/files/canonical-hash.js';
import type {RawImage} from '../data/image.js';

/** SHA-256 of an image's content: a file's bytes, or raw pixels with their size. Names and places do not matter. */
export function contentKey(content: Uint8Array | RawImage): string {
  if (content instanceof Uint8Array) return hashBytes(content);
  const {data, width, height, channels} = content;
  return createHash('sha256').update(`raw\0${width}\0${height}\0${channels}\0`).update(data).digest('hex');
}
