import {mkdir, readdir, rm, stat} from 'node:fs/promises';
import {join} from 'node:path';
import {z} from 'zod';
import {messageOf, SynoodError} from '../binding/errors.js';
import {writeFileAtomic} from '../data/files/atomic-file.js';
import {checkJson, readJson} from '../data/files/json-file.js';
import {type FeatureSpace, featureSpaceSchema, spaceId} from './feature-space.js';
import {FeatureStore} from './feature-store.js';

const BANK = 'bank.json';
const SPACE = 'space.json';
const bankSchema = z.strictObject({about: z.string(), format: z.literal(1)});

/** Left by a process that was killed while it wrote: no write takes as long. */
const STALE_MILLISECONDS = 3_600_000;

async function contentsOf(folder: string): Promise<string[]> {
  try {
    await mkdir(folder, {recursive: true});
    return await readdir(folder);
  } catch (error) {
    throw new SynoodError('ERR_IO', `Cannot open the feature bank ${folder}: ${messageOf(error)}`, {
      cause: error,
    });
  }
}

async function removeStale(folder: string): Promise<void> {
  for (const name of await readdir(folder)) {
    if (!name.endsWith('.part')) continue;
    const path = join(folder, name);
    const {mtimeMs} = await stat(path).catch(() => ({mtimeMs: Date.now()}));
    if (Date.now() - mtimeMs > STALE_MILLISECONDS) await rm(path, {force: true});
  }
}

/**
 * Features on disk, so that an image is encoded once in its life. A folder of the bank is a space (FeatureSpace); in it lie
 * segments, safetensors files that are written once, whole, under names of their own. So any number of processes read and
 * append at once without a lock, and a process that is killed loses only what it had not yet written.
 *
 *     const bank = await FeatureBank.open('features');
 *     await using store = await bank.store(space);
 *     const rows = await store.read(keys);          // undefined where there is none
 *     await store.append(key, {image: features});
 */
export class FeatureBank {
  private constructor(readonly folder: string) {}

  /**
   * @param folder  an earlier bank, or a new or empty folder
   * @throws SynoodError ERR_CONFIG if it is a folder of something else, ERR_IO if it cannot be read or made
   */
  static async open(folder: string): Promise<FeatureBank> {
    const names = (await contentsOf(folder)).filter((name) => !name.startsWith('.'));
    const file = join(folder, BANK);
    if (names.includes(BANK)) {
      checkJson(bankSchema, await readJson(file, 'ERR_CONFIG'), file, 'ERR_CONFIG');
    } else if (names.length > 0) {
      throw new SynoodError(
        'ERR_CONFIG',
        `${folder} has files and is no feature bank (it has no ${BANK}). Give a new or an empty folder.`,
      );
    } else {
      const about = 'Features of images by content, model and preprocessing (synood).';
      await writeFileAtomic(file, `${JSON.stringify({about, format: 1})}\n`);
    }
    return new FeatureBank(folder);
  }

  /** The rows of one space. @throws SynoodError ERR_CONFIG if the space's folder describes another one */
  async store(space: FeatureSpace): Promise<FeatureStore> {
    const id = spaceId(space);
    const folder = join(this.folder, id);
    const file = join(folder, SPACE);
    if ((await contentsOf(folder)).includes(SPACE)) {
      const stored = checkJson(featureSpaceSchema, await readJson(file, 'ERR_CONFIG'), file, 'ERR_CONFIG');
      if (spaceId(stored) !== id) {
        throw new SynoodError(
          'ERR_CONFIG',
          `${file} describes other features than its folder is named for. Delete ${folder}; its images are encoded again.`,
        );
      }
    } else await writeFileAtomic(file, `${JSON.stringify(space, null, 2)}\n`);
    await removeStale(folder);
    return FeatureStore.open(folder, space);
  }
}
