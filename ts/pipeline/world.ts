import {join} from 'node:path';
import {writeEmojiWorld} from '../worlds/emoji/materialise.js';
import {outOfDistributionSets} from '../worlds/emoji/splits.js';
import type {DataConfig, RunConfig} from './config/schema.js';

export const WORLD = 'world';

type Split = NonNullable<RunConfig['world']>['split'];

/** The sets that a run is measured on: the validation split never touches a test image. */
function measuredSets(split: Split, at: (...parts: string[]) => string): Partial<DataConfig> {
  const setsOf = (folder: string, suffix: string, against: string) =>
    outOfDistributionSets.map(
      (name) => [`${name}${suffix}`, {folder: at(folder, `${name}${suffix}`), against}] as const,
    );
  if (split === 'validation')
    return {outOfDistribution: Object.fromEntries(setsOf('ood-val', '', 'validation'))};
  return {
    inDistributionTests: {test: at('ind', 'test'), shifted: at('ind-shifted', 'test')},
    outOfDistribution: Object.fromEntries([
      ...setsOf('ood', '', 'test'),
      ...setsOf('ood', '-shifted', 'shifted'),
    ]),
  };
}

/** Where the images and words of a written Emoji World are. */
function emojiData(folder: string, split: Split): Partial<DataConfig> {
  const at = (...parts: string[]) => join(folder, ...parts);
  return {
    inDistribution: at('ind', 'train'),
    validation: at('ind', 'val'),
    calibration: at('ind', 'calibration'),
    ...measuredSets(split, at),
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
  const own = emojiData(join(directory, WORLD), config.world.split);
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
