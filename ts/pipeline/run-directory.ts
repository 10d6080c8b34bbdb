import {existsSync} from 'node:fs';
import {mkdir} from 'node:fs/promises';
import {join, resolve} from 'node:path';
import {z} from 'zod';
import {messageOf, SynoodError} from '../binding/errors.js';
import {writeFileAtomic} from '../data/files/atomic-file.js';
import {checkJson, readJson} from '../data/files/json-file.js';
import {DirectoryLock} from './directory-lock.js';

const stageSchema = z.looseObject({
  status: z.literal('done'),
  /** SHA-256 of everything that the stage's outputs depend on. */
  inputHash: z.string(),
  /** Files or folders that the stage made, relative to the run directory. */
  outputs: z.array(z.string()).default([]),
  finishedAt: z.string(),
});

const recordSchema = z.looseObject({
  format: z.literal(1),
  configuration: z.unknown(),
  versions: z.record(z.string(), z.string()).default({}),
  seeds: z.record(z.string(), z.union([z.number(), z.string()])).default({}),
  notes: z.record(z.string(), z.unknown()).default({}),
  stages: z.record(z.string(), stageSchema).default({}),
});

/** What run.json says of a stage that is done. `details` of `markDone` stand beside these keys. */
export type StageRecord = z.infer<typeof stageSchema>;

/** run.json. */
export type RunRecord = z.infer<typeof recordSchema>;

/** What a run was made with, for run.json. */
export interface RunDescription {
  configuration: unknown;
  versions: Record<string, string>;
  seeds: Record<string, number | string>;
}

export interface MarkDoneOptions {
  /** Relative to the run directory; if one is gone, the stage is not done any more. */
  outputs?: string[];
  /** Anything worth telling: counts, seconds. */
  details?: Record<string, unknown>;
}

const EMPTY: RunRecord = {format: 1, configuration: null, versions: {}, seeds: {}, notes: {}, stages: {}};

/**
 * The directory of one run: run.json, and the files of its stages. One process at a time has it. Only run.json and
 * times.jsonl tell times; every other file depends on the configuration alone (of the feature bank in features/, the
 * rows do).
 */
export class RunDirectory {
  #record: RunRecord;
  #lock: DirectoryLock | undefined;
  #writing: Promise<void> = Promise.resolve();

  private constructor(
    readonly path: string,
    record: RunRecord,
    lock: DirectoryLock | undefined,
  ) {
    this.#record = record;
    this.#lock = lock;
  }

  /**
   * Opens a run's directory, new or left by an earlier run.
   *
   * @throws SynoodError ERR_IO if another process has it or it cannot be made; ERR_CONFIG if its run.json is damaged
   */
  static async open(path: string): Promise<RunDirectory> {
    const root = resolve(path);
    try {
      await mkdir(root, {recursive: true});
    } catch (error) {
      throw new SynoodError('ERR_IO', `Cannot make the run directory ${root}: ${messageOf(error)}`, {
        cause: error,
      });
    }
    const lock = await DirectoryLock.acquire(root);
    try {
      return new RunDirectory(root, await readRunRecord(root), lock);
    } catch (error) {
      await lock.release();
      throw error;
    }
  }

  /**
   * Looks at a run's directory without taking it: another process may be at work in it. Nothing of it can be changed.
   *
   * @throws SynoodError ERR_CONFIG if it has no run.json, or a damaged one
   */
  static async look(path: string): Promise<RunDirectory> {
    const root = resolve(path);
    if (!existsSync(join(root, 'run.json'))) {
      throw new SynoodError(
        'ERR_CONFIG',
        `${path} is no run directory: it has no run.json. Make one: synood run --out ${path}`,
      );
    }
    return new RunDirectory(root, await readRunRecord(root), undefined);
  }

  /** A path inside the directory. */
  file(...parts: string[]): string {
    return join(this.path, ...parts);
  }

  get record(): Readonly<RunRecord> {
    return this.#record;
  }

  /** States what the run is made with. Stages keep their own hashes, so that only what changed is done again. */
  describe(description: RunDescription): Promise<void> {
    return this.#update((record) => ({...record, ...description}));
  }

  /** Keeps a fact about the run in run.json, such as the images that were left out and why. */
  note(name: string, value: unknown): Promise<void> {
    return this.#update((record) => ({...record, notes: {...record.notes, [name]: value}}));
  }

  /** Whether the stage was finished with just these inputs, and its outputs are still there. */
  isDone(stage: string, inputHash: string): boolean {
    const done = Object.hasOwn(this.#record.stages, stage) ? this.#record.stages[stage] : undefined;
    return done?.inputHash === inputHash && done.outputs.every((output) => existsSync(this.file(output)));
  }

  /** To be called when all outputs are on the disk. */
  markDone(
    stage: string,
    inputHash: string,
    {outputs = [], details = {}}: MarkDoneOptions = {},
  ): Promise<void> {
    const finishedAt = new Date().toISOString();
    const done: StageRecord = {...details, status: 'done', inputHash, outputs, finishedAt};
    return this.#update((record) => ({...record, stages: {...record.stages, [stage]: done}}));
  }

  /** To be called before a stage touches its outputs, so that a half-made stage never counts as done. */
  forget(stage: string): Promise<void> {
    return this.#update((record) => {
      const {[stage]: _, ...stages} = record.stages;
      return {...record, stages};
    });
  }

  /** Lets other processes have the directory. */
  async close(): Promise<void> {
    await this.#writing.catch(() => undefined);
    await this.#lock?.release();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  #update(change: (record: RunRecord) => RunRecord): Promise<void> {
    if (!this.#lock) throw new SynoodError('ERR_INTERNAL', `${this.path} was opened to look at only.`);
    this.#record = change(this.#record);
    const text = `${JSON.stringify(this.#record, null, 2)}\n`;
    const written = this.#writing.then(() => writeFileAtomic(this.file('run.json'), text));
    this.#writing = written.catch(() => undefined);
    return written;
  }
}

/**
 * Reads a run's run.json without taking the directory; an empty record if there is none yet.
 *
 * @throws SynoodError ERR_CONFIG if it is damaged
 */
export async function readRunRecord(directory: string): Promise<RunRecord> {
  const file = join(directory, 'run.json');
  if (!existsSync(file)) return EMPTY;
  return checkJson(recordSchema, await readJson(file, 'ERR_CONFIG'), file, 'ERR_CONFIG');
}
