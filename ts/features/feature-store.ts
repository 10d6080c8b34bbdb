import {randomBytes} from 'node:crypto';
import {readdir} from 'node:fs/promises';
import {join} from 'node:path';
import {messageOf, SynoodError} from '../binding/errors.js';
import type {FeatureSpace} from './feature-space.js';
import {type FeatureRow, openSegment, readRows, type Segment, writeSegment} from './segment.js';
import {SegmentIndex} from './segment-index.js';

/** What an append keeps in memory before it is written: at most so much is lost, or held. */
const FLUSH_MILLISECONDS = 20_000;
const FLUSH_BYTES = 32 * 2 ** 20;

/** How often the segments of other processes are looked for. */
const REFRESH_MILLISECONDS = 10_000;

/** A part of a bank that could not be used; the images concerned count as not yet encoded. */
export interface DamagedPart {
  path: string;
  reason: string;
}

/** Rows of one space by an image's content. Made by FeatureBank.store. */
export class FeatureStore {
  readonly #index = new SegmentIndex();
  readonly #known = new Set<string>();
  readonly #damaged: DamagedPart[] = [];
  #pending = new Map<string, FeatureRow>();
  #pendingBytes = 0;
  #flushed = performance.now();
  #refreshed = -Infinity;
  #writing: Promise<void> = Promise.resolve();

  private constructor(
    private readonly folder: string,
    readonly space: FeatureSpace,
  ) {}

  static async open(folder: string, space: FeatureSpace): Promise<FeatureStore> {
    const store = new FeatureStore(folder, space);
    await store.refresh();
    return store;
  }

  /** Images that have a row. */
  get size(): number {
    return this.#index.size + this.#pending.size;
  }

  /** Files and rows that were not used, and why. */
  get damaged(): readonly DamagedPart[] {
    return this.#damaged;
  }

  has(key: string): boolean {
    return this.#pending.has(key) || this.#index.has(key);
  }

  /** Takes in what other processes have written meanwhile. @throws SynoodError ERR_IO */
  async refresh(): Promise<void> {
    this.#refreshed = performance.now();
    let names: string[];
    try {
      names = await readdir(this.folder);
    } catch (error) {
      throw new SynoodError('ERR_IO', `Cannot read ${this.folder}: ${messageOf(error)}`, {cause: error});
    }
    for (const name of names.sort()) {
      if (name.startsWith('.') || !name.endsWith('.safetensors') || this.#known.has(name)) continue;
      this.#known.add(name);
      const path = join(this.folder, name);
      try {
        this.#index.add(await openSegment(path, this.space));
      } catch (error) {
        this.#damaged.push({path, reason: messageOf(error)});
      }
    }
  }

  /** The same, not more often than is useful. */
  async refreshSometimes(): Promise<void> {
    if (performance.now() - this.#refreshed > REFRESH_MILLISECONDS) await this.refresh();
  }

  /**
   * @param keys  of the images' content (contentKey)
   * @returns each image's numbers by tensor, undefined where there is no row that can be trusted
   */
  async read(keys: readonly string[]): Promise<(FeatureRow | undefined)[]> {
    const found = new Map<string, FeatureRow>();
    let missing = new Set<string>();
    for (const key of keys) {
      const row = this.#pending.get(key);
      if (row) found.set(key, row);
      else missing.add(key);
    }
    // A row that turns out damaged may lie in another segment too.
    while (missing.size > 0) missing = await this.#readOnce(missing, found);
    return keys.map((key) => found.get(key));
  }

  /** One tensor of images that all have rows, (N, D). @throws SynoodError ERR_VALUE if one has none */
  async matrix(
    keys: readonly string[],
    name: string,
  ): Promise<{data: Float32Array; shape: [number, number]}> {
    const width = this.space.widths[name];
    if (width === undefined) throw new SynoodError('ERR_VALUE', `This feature space has no "${name}".`);
    const data = new Float32Array(keys.length * width);
    const rows = await this.read(keys);
    rows.forEach((row, at) => {
      if (!row)
        throw new SynoodError('ERR_VALUE', `The feature bank has no row of image ${at}. Encode it first.`);
      data.set(row[name]!, at * width);
    });
    return {data, shape: [keys.length, width]};
  }

  /**
   * Adds a row; it is on the disk after the next `flush`, which comes by itself every 20 seconds or 32 MB.
   *
   * @throws SynoodError ERR_SHAPE if the row does not fit the space
   */
  async append(key: string, row: FeatureRow): Promise<void> {
    for (const [name, width] of Object.entries(this.space.widths)) {
      const length = row[name]?.length;
      if (length !== width) {
        throw new SynoodError(
          'ERR_SHAPE',
          `Expected "${name}" to have ${width} numbers, got ${length ?? 'none'}.`,
        );
      }
      this.#pendingBytes += width * 4;
    }
    this.#pending.set(key, row);
    if (this.#pendingBytes > FLUSH_BYTES || performance.now() - this.#flushed > FLUSH_MILLISECONDS)
      await this.flush();
  }

  /** Writes what was appended. @throws SynoodError ERR_IO */
  flush(): Promise<void> {
    this.#writing = this.#writing.catch(() => undefined).then(() => this.#write());
    return this.#writing;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.flush();
  }

  async #write(): Promise<void> {
    const rows = [...this.#pending].map(([key, row]) => ({key, row}));
    this.#flushed = performance.now();
    if (rows.length === 0) return;
    const name = `${Date.now().toString(36)}-${randomBytes(8).toString('hex')}.safetensors`;
    const path = join(this.folder, name);
    await writeSegment(path, this.space, rows);
    this.#known.add(name);
    this.#index.add(await openSegment(path, this.space));
    for (const {key, row} of rows) if (this.#pending.get(key) === row) this.#pending.delete(key);
    const rowBytes = Object.values(this.space.widths).reduce((sum, width) => sum + width * 4, 0);
    this.#pendingBytes = this.#pending.size * rowBytes;
  }

  /** Reads what can be read of `keys` into `found`; returns the keys to look for again. */
  async #readOnce(keys: Set<string>, found: Map<string, FeatureRow>): Promise<Set<string>> {
    const bySegment = new Map<Segment, Map<number, string>>();
    for (const key of keys) {
      const place = this.#index.find(key);
      if (!place) continue;
      const rows = bySegment.get(place.segment);
      if (rows) rows.set(place.row, key);
      else bySegment.set(place.segment, new Map([[place.row, key]]));
    }
    const again = new Set<string>();
    for (const [segment, rows] of bySegment) {
      const read = await this.#rowsOf(segment, rows);
      for (const [row, key] of rows) {
        const features = read.get(row);
        if (features) found.set(key, features);
        else {
          this.#index.drop(key);
          again.add(key);
        }
      }
    }
    return again;
  }

  async #rowsOf(segment: Segment, rows: Map<number, string>): Promise<Map<number, FeatureRow>> {
    try {
      const read = await readRows(
        segment,
        this.space,
        [...rows.keys()].sort((a, b) => a - b),
      );
      const bad = rows.size - read.size;
      if (bad > 0) this.#damaged.push({path: segment.path, reason: `${bad} of its rows are damaged`});
      return read;
    } catch (error) {
      this.#damaged.push({path: segment.path, reason: messageOf(error)});
      return new Map();
    }
  }
}
