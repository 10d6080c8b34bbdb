import {KEY_BYTES, type Segment} from './segment.js';

/** Half a key tells images apart in memory; the row's checksum then covers all of it. */
const INDEX_BYTES = KEY_BYTES / 2;

export interface Place {
  segment: Segment;
  row: number;
}

const indexKey = (key: string): string => key.slice(0, 2 * INDEX_BYTES);

/** Where each image's row lies. A content that two processes encoded at once has two places. */
export class SegmentIndex {
  readonly #segments: Segment[] = [];
  readonly #places = new Map<string, number | number[]>();

  get size(): number {
    return this.#places.size;
  }

  /** Rows of one segment are numbered from `segment * 2 ** 32` on. */
  add(segment: Segment): void {
    const base = this.#segments.push(segment) * 2 ** 32;
    const count = segment.keys.length / KEY_BYTES;
    for (let row = 0; row < count; row++) {
      const begin = row * KEY_BYTES;
      const key = segment.keys.toString('hex', begin, begin + INDEX_BYTES);
      const known = this.#places.get(key);
      if (known === undefined) this.#places.set(key, base + row);
      else this.#places.set(key, typeof known === 'number' ? [known, base + row] : [...known, base + row]);
    }
  }

  has(key: string): boolean {
    return this.#places.has(indexKey(key));
  }

  find(key: string): Place | undefined {
    const known = this.#places.get(indexKey(key));
    const place = typeof known === 'number' ? known : known?.[0];
    if (place === undefined) return undefined;
    return {segment: this.#segments[Math.floor(place / 2 ** 32) - 1]!, row: place % 2 ** 32};
  }

  /** Forgets the place that `find` gives: its row cannot be used. */
  drop(key: string): void {
    const known = this.#places.get(indexKey(key));
    if (typeof known === 'object' && known.length > 1) this.#places.set(indexKey(key), known.slice(1));
    else this.#places.delete(indexKey(key));
  }
}
