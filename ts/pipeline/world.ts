import {join} from 'node:path';
import {writeEmojiWorld} from '../worlds/emoji/materialise.js';
import {outOfDistributionSets} from '../worlds/emoji/splits.js';
import type {DataConfig, RunConfig} from './config/schema.js';

export const WORLD = 'world';

/** The sets that a run is measured on. */
function testData(at: (...parts: string[]) => string): Partial<DataConfig> {
  const setsOf = (suffix: string, against: string) =>
    outOfDistributionSets.map(
      (name) => [`${name}${suffix}`, {folder: at('ood', `${name}${suffix}`), against}] as const,
    );
  return {
    inDistributionTests: {test: at('ind', 'test'), shifted: at('ind-shifted', 'test')},
    outOfDistribution: Object.fromEntries([...setsOf('', 'test'), ...setsOf('-shifted', 'shifted')]),
  };
}

/** Where the images and words of a written Emoji World are. */
function emojiData(folder: string): Partial<DataConfig> {
  const at = (...parts: string[]) => join(folder, ...parts);
  return {
    inDistribution: at('ind', 'train'),
    validation: at('ind', 'val'),
    calibration: at('ind', 'calibration'),
    ...testData(at),
    outOfDistributionValidation: Object.fromEntries(
      outOfDistributionSets.map((name) => [name, at('ood-val', name)]),
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
