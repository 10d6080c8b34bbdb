import {join} from 'node:path';
import {writeEmojiWorld} from '../worlds/emoji/materialise.js';
import {contextOnly, testSets, validationSets} from '../worlds/emoji/splits.js';
import type {DataConfig, RunConfig} from './config/schema.js';

export const WORLD = 'world';

/** Where the images and words of a written Emoji World are. */
function emojiData(folder: string): Partial<DataConfig> {
  const at = (...parts: string[]) => join(folder, ...parts);
  const sets = [...Object.keys(testSets), contextOnly];
  const own = sets.map((name) => [name, {folder: at('ood', name), against: 'validation'}] as const);
  const shifted = sets.map(
    (name) => [`${name}-shifted`, {folder: at('ood', `${name}-shifted`), against: 'shifted'}] as const,
  );
  return {
    inDistribution: at('ind', 'train'),
    validation: at('ind', 'val'),
    calibration: at('ind', 'calibration'),
    inDistributionTests: {shifted: at('ind-shifted', 'test')},
    outOfDistribution: Object.fromEntries([...own, ...shifted]),
    outOfDistributionValidation: Object.fromEntries(
      Object.keys(validationSets).map((name) => [name, at('ood-val', name)]),
    ),
    vocabulary: at('vocabulary-nouns.txt'),
    adjectives: at('vocabulary-adjectives.txt'),
    contextVocabulary: at('context-vocabulary.txt'),
  };
}

const isEmpty = (value: unknown): boolean =>
  value === undefined || (typeof value === 'object' && value !== null && Object.keys(value).length === 0);

/** The configuration with the data that its world has in the run directory. */
export function worldData(config: RunConfig, directory: string): RunConfig {
  if (config.world === undefined) return config;
  const stated = Object.entries(config.data).filter(([, value]) => !isEmpty(value));
  const own = emojiData(join(directory, WORLD));
  return {...config, data: {...config.data, ...own, ...Object.fromEntries(stated)}};
}

/**
 * Writes the configuration's world into the run directory, if it has one, and fills in the data that the configuration
 * leaves out.
 */
export async function withWorld(
  config: RunConfig,
  directory: string,
  options: {signal?: AbortSignal; onProgress?: (done: number, total: number) => void},
): Promise<RunConfig> {
  if (config.world === undefined) return config;
  const {seed, trainPerClass, testPerSet} = config.world;
  await writeEmojiWorld(join(directory, WORLD), {seed, trainPerClass, testPerSet, ...options});
  return worldData(config, directory);
}
