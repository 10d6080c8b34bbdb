import {randomUUID} from 'node:crypto';
import {mkdir, readFile, readdir, rename, rm, writeFile} from 'node:fs/promises';
import {dirname, join, resolve} from 'node:path';
import sharp from 'sharp';
import {z} from 'zod';
import {SynoodError, messageOf} from '../../binding/errors.js';
import {sceneSize} from './background.js';
import {composeScene} from './composer.js';
import {artistSources, concepts, heldOutArtist, trainingArtists} from './concepts.js';
import {Drawings} from './drawings.js';
import {folderOf, planWorld, specOf, type PlannedImage, type WorldSize} from './layout.js';
import {Random} from './random.js';
import {
  contextConcepts,
  contextOnly,
  inDistribution,
  testSets,
  texturesSet,
  validationSets,
} from './splits.js';
import {paintTexture, testPatterns, validationPatterns} from './textures.js';
import {negativeAdjectives, negativeNouns, negativeVocabulary, contextVocabulary} from './vocabulary.js';

export interface EmojiWorldOptions extends Partial<WorldSize> {
  /** called after every few images */
  onProgress?: (done: number, total: number) => void;
  signal?: AbortSignal;
}

/** Raised whenever the same options would draw other pixels: an older folder is then not taken for this one. */
const worldVersion = 2;

const marker = z.object({
  version: z.number(),
  seed: z.number(),
  trainPerClass: z.number(),
  testPerSet: z.number(),
});

const namesOf = (indices: readonly number[]): string[] => indices.map((index) => concepts[index]!.name);

const named = (sets: Record<string, readonly number[]>): Record<string, string[]> =>
  Object.fromEntries(Object.entries(sets).map(([name, indices]) => [name, namesOf(indices)]));

function describe(size: WorldSize, images: number): object {
  return {
    name: 'Emoji World',
    version: worldVersion,
    ...size,
    images,
    classes: inDistribution.map((index) => ({name: concepts[index]!.name, folder: folderOf(index)})),
    oodSets: {...named(testSets), [contextOnly]: [], [texturesSet]: Object.keys(testPatterns)},
    validationSets: {
      ...named(validationSets),
      [contextOnly]: [],
      [texturesSet]: Object.keys(validationPatterns),
    },
    contexts: namesOf(contextConcepts),
    trainingArtists,
    heldOutArtist,
    licences: artistSources,
  };
}

async function readMarker(folder: string): Promise<z.infer<typeof marker> | undefined> {
  const path = join(folder, 'world.json');
  let text;
  try {
    text = await readFile(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw new SynoodError('ERR_IO', `Cannot read ${path}: ${messageOf(error)}.`, {cause: error});
  }
  try {
    return marker.parse(JSON.parse(text));
  } catch (error) {
    throw new SynoodError(
      'ERR_CONFIG',
      `${path} does not describe an Emoji World. Give another folder, or delete this one.`,
      {cause: error},
    );
  }
}

async function refuseForeign(folder: string): Promise<void> {
  const entries = await readdir(folder).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return [];
    throw new SynoodError('ERR_IO', `Cannot read ${folder}: ${error.message}.`, {cause: error});
  });
  if (entries.length === 0) return;
  throw new SynoodError(
    'ERR_CONFIG',
    `Expected ${folder} to be empty or absent; it holds ${entries.length} other files. Give another folder.`,
  );
}

async function writeImage(
  folder: string,
  seed: number,
  image: PlannedImage,
  drawings: Drawings,
): Promise<void> {
  const {pixels} = image.pattern
    ? {pixels: paintTexture(Random.of(seed, image.path, 'texture'), image.pattern)}
    : composeScene(
        Random.of(seed, image.path, 'where'),
        drawings,
        specOf(Random.of(seed, image.path, 'what'), image),
      );
  const raw = {width: sceneSize, height: sceneSize, channels: 3} as const;
  const png = await sharp(pixels, {raw}).png({compressionLevel: 6, adaptiveFiltering: false}).toBuffer();
  await writeFile(join(folder, image.path), png);
}

async function writeAll(folder: string, size: WorldSize, options: EmojiWorldOptions): Promise<void> {
  const drawings = await Drawings.load();
  const plan = planWorld(size);
  for (const parent of new Set(plan.map(({path}) => dirname(path)))) {
    await mkdir(join(folder, parent), {recursive: true});
  }
  const together = 32;
  for (let at = 0; at < plan.length; at += together) {
    if (options.signal?.aborted) throw new SynoodError('ERR_ABORTED', 'Writing Emoji World was stopped.');
    const part = plan.slice(at, at + together);
    await Promise.all(part.map((image) => writeImage(folder, size.seed, image, drawings)));
    options.onProgress?.(at + part.length, plan.length);
  }
  const lines = (words: readonly string[]): string => `${words.join('\n')}\n`;
  await writeFile(join(folder, 'vocabulary.txt'), lines(negativeVocabulary));
  await writeFile(join(folder, 'vocabulary-nouns.txt'), lines(negativeNouns));
  await writeFile(join(folder, 'vocabulary-adjectives.txt'), lines(negativeAdjectives));
  await writeFile(join(folder, 'context-vocabulary.txt'), lines(contextVocabulary));
  const world = JSON.stringify(describe(size, plan.length), null, 2);
  await writeFile(join(folder, 'world.json'), `${world}\n`);
}

/**
 * Writes Emoji World as ordinary image folders of 64x64 PNG files:
 *
 *     ind/{train,val,calibration,test}/<class>/NNNN.png   the classes, by the training artists
 *     ind-shifted/test/<class>/NNNN.png                   the same classes by an artist that no model has seen
 *     ood/<set>/*.png, ood/<set>-shifted/*.png            near, far, context-only, textures
 *     ood-val/<set>/*.png                                 the same of other concepts and patterns, for choosing settings
 *     vocabulary.txt, vocabulary-nouns.txt, vocabulary-adjectives.txt, context-vocabulary.txt, world.json
 *
 * An image's bytes depend on the seed and its path alone. The folder appears whole or not at all, and one that
 * is there already is left as it is.
 *
 * @returns whether anything was written
 * @throws SynoodError ERR_CONFIG if the folder holds something else, ERR_ABORTED, ERR_IO
 */
export async function writeEmojiWorld(folder: string, options: EmojiWorldOptions = {}): Promise<boolean> {
  const {seed = 0, trainPerClass = 40, testPerSet = 200} = options;
  const size = {seed, trainPerClass, testPerSet};
  for (const [name, value] of Object.entries(size)) {
    if (Number.isSafeInteger(value) && value >= (name === 'seed' ? 0 : 1)) continue;
    throw new SynoodError(
      'ERR_VALUE',
      `Expected ${name} to be a whole number, came ${value}. Give a positive one.`,
    );
  }
  const wanted = {version: worldVersion, ...size};
  const present = await readMarker(folder);
  if (present) {
    if (JSON.stringify(present) === JSON.stringify(wanted)) return false;
    throw new SynoodError(
      'ERR_CONFIG',
      `${folder} holds an Emoji World of other settings: expected ${JSON.stringify(wanted)}, came ` +
        `${JSON.stringify(present)}. Give another folder, or delete this one.`,
    );
  }
  await refuseForeign(folder);
  const beside = `${resolve(folder)}.${randomUUID()}.part`;
  try {
    await mkdir(beside, {recursive: true});
    await writeAll(beside, size, options);
    await rename(beside, folder);
  } catch (error) {
    await rm(beside, {recursive: true, force: true});
    if (error instanceof SynoodError) throw error;
    // Another process may have been quicker: its bytes are the same.
    const other = await readMarker(folder);
    if (other && JSON.stringify(other) === JSON.stringify(wanted)) return false;
    throw new SynoodError('ERR_IO', `Cannot write Emoji World to ${folder}: ${messageOf(error)}.`, {
      cause: error,
    });
  }
  return true;
}
