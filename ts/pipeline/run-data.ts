import {readdir, stat} from 'node:fs/promises';
import {join} from 'node:path';
import {messageOf, SynoodError} from '../binding/errors.js';
import {hashJson} from '../data/files/canonical-hash.js';
import {type ImageItem, listImageFolder, type SkippedFile} from '../data/image-folder.js';
import type {RunConfig} from './config/schema.js';
import {splitInDistribution} from './split.js';
import {readVocabulary, type Vocabulary} from './vocabulary.js';

export interface ClassName {
  /** the folder */
  id: string;
  /** in prompts */
  name: string;
}

export interface ImageSet {
  name: string;
  items: ImageItem[];
  skipped: SkippedFile[];
}

export interface OutSet extends ImageSet {
  /** the in-distribution test set that it is compared with */
  against: string;
}

/** The images and words of a run, listed once. */
export class RunData {
  readonly #cache = new Map<string, Promise<unknown>>();

  constructor(private readonly config: RunConfig) {}

  get trainFolder(): string {
    return this.config.data.inDistribution!;
  }

  /** Training images without those held out. */
  train(): Promise<ImageSet> {
    return this.#once('train', async () => (await this.#inDistribution()).train);
  }

  /** Held out for boundary and threshold. */
  calibration(): Promise<ImageSet> {
    return this.#once('calibration', async () => {
      const {calibration} = this.config.data;
      if (calibration !== undefined) return list('calibration', calibration);
      return (await this.#inDistribution()).calibration;
    });
  }

  /** The in-distribution sets that are evaluated: 'validation' first; to choose settings by, the calibration images. */
  inTests(): Promise<ImageSet[]> {
    return this.#once('inTests', async () => {
      if (this.config.evaluate.split === 'validation') return [await this.calibration()];
      const {validation, inDistributionTests} = this.config.data;
      const first =
        validation === undefined
          ? (await this.#inDistribution()).validation
          : await list('validation', validation);
      const others = Object.entries(inDistributionTests).map(([name, folder]) => list(name, folder));
      return [first, ...(await Promise.all(others))];
    });
  }

  outSets(): Promise<OutSet[]> {
    return this.#once('outSets', async () => {
      if (this.config.evaluate.split === 'validation') {
        const sets = await this.outValidationSets();
        if (sets.length > 0) return sets.map((set) => ({...set, against: 'calibration'}));
        throw new SynoodError(
          'ERR_CONFIG',
          'The validation split has no sets. Name their folders in data.outOfDistributionValidation, or evaluate on the test split.',
        );
      }
      const {outOfDistribution: sets} = this.config.data;
      const named = typeof sets === 'string' ? await foldersOf(sets) : Object.entries(sets);
      return Promise.all(
        named.map(async ([name, set]) => {
          const {folder, against} = typeof set === 'string' ? {folder: set, against: 'validation'} : set;
          return {...(await list(name, folder)), against};
        }),
      );
    });
  }

  /** Sets for the search of hyper-parameters; no test set is among them. */
  outValidationSets(): Promise<ImageSet[]> {
    return this.#once('outValidationSets', () =>
      Promise.all(
        Object.entries(this.config.data.outOfDistributionValidation).map(([name, folder]) =>
          list(name, folder),
        ),
      ),
    );
  }

  /** The classes of the training folder, sorted. */
  classes(): Promise<ClassName[]> {
    return this.#once('classes', async () => {
      const {classes} = await this.#inDistribution();
      const names = this.config.classNames;
      for (const id of Object.keys(names)) {
        if (classes.includes(id)) continue;
        throw new SynoodError(
          'ERR_CONFIG',
          `classNames names the class "${id}", which ${this.trainFolder} does not have; there are: ${classes.slice(0, 20).join(', ')}.`,
        );
      }
      const named = classes.map((id) => ({
        id,
        name: Object.hasOwn(names, id) ? names[id]! : id.replaceAll('_', ' '),
      }));
      const seen = new Map<string, string>();
      for (const {id, name} of named) {
        const other = seen.get(name.toLowerCase());
        if (other !== undefined) {
          throw new SynoodError(
            'ERR_CONFIG',
            `The classes "${other}" and "${id}" are both called "${name}". Tell them apart in "classNames".`,
          );
        }
        seen.set(name.toLowerCase(), id);
      }
      return named;
    });
  }

  vocabulary(): Promise<Vocabulary> {
    return this.#once('vocabulary', () => readVocabulary(this.config.data));
  }

  #inDistribution() {
    return this.#once('inDistribution', async () => {
      const {data, seed} = this.config;
      const folder = await listImageFolder(this.trainFolder);
      const items = folder.items.filter(({className}) => className !== '');
      const flat = folder.items.filter(({className}) => className === '');
      if (items.length === 0) {
        throw new SynoodError(
          'ERR_CONFIG',
          `${this.trainFolder} has no images in class folders; expected <class>/<image>.`,
        );
      }
      const skipped = [
        ...folder.skipped,
        ...flat.map(({id}) => ({path: id, reason: 'lies outside of every class folder'})),
      ];
      const held = splitInDistribution(items, {
        seed,
        share: data.splitShare,
        calibration: data.calibration === undefined,
        validation: data.validation === undefined,
      });
      return {
        classes: folder.classes.filter((name) => name !== ''),
        train: {name: 'inDistribution', items: held.train, skipped},
        calibration: {name: 'calibration', items: held.calibration, skipped: []},
        validation: {name: 'validation', items: held.validation, skipped: []},
      };
    });
  }

  #once<T>(key: string, make: () => Promise<T>): Promise<T> {
    let made = this.#cache.get(key);
    if (!made) this.#cache.set(key, (made = make()));
    return made as Promise<T>;
  }
}

async function list(name: string, folder: string): Promise<ImageSet> {
  const {items, skipped} = await listImageFolder(folder);
  return {name, items, skipped};
}

async function foldersOf(parent: string): Promise<[string, string][]> {
  try {
    const entries = await readdir(parent, {withFileTypes: true});
    const names = entries.filter((entry) => entry.isDirectory() && !entry.name.startsWith('.'));
    return names
      .map(({name}) => [name, join(parent, name)] as [string, string])
      .sort(([a], [b]) => (a < b ? -1 : 1));
  } catch (error) {
    throw new SynoodError('ERR_IO', `Cannot read ${parent}: ${messageOf(error)}`, {cause: error});
  }
}

/** A hash that changes when an image of the set is added, removed or written again. */
export async function imageSetHash(items: readonly ImageItem[]): Promise<string> {
  const rows: [string, number, number][] = [];
  for (let at = 0; at < items.length; at += 64) {
    const part = items.slice(at, at + 64).map(async ({id, path, bytes}) => {
      const {mtimeMs} = await stat(path).catch(() => ({mtimeMs: 0}));
      return [id, bytes, mtimeMs] as [string, number, number];
    });
    rows.push(...(await Promise.all(part)));
  }
  return hashJson(rows);
}
