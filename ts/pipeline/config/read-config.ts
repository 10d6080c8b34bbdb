import {dirname, resolve} from 'node:path';
import {SynoodError} from '../../binding/errors.js';
import {readJson} from '../../data/files/json-file.js';
import {emojiWorld, tinyModels} from './presets.js';
import {configProblems} from './problems.js';
import {configSchema, type DataConfig, type RunConfig, WORDNET} from './schema.js';

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** The second on top of the first, key by key; lists and plain values are replaced whole. */
function merge(under: unknown, over: unknown): unknown {
  if (over === undefined) return under;
  if (!isRecord(under) || !isRecord(over)) return over;
  const keys = new Set([...Object.keys(under), ...Object.keys(over)]);
  return Object.fromEntries([...keys].map((key) => [key, merge(under[key], over[key])]));
}

function withPresets(input: Record<string, unknown>): unknown {
  const {classifierHead: _, ...folders} = isRecord(input['models']) ? input['models'] : {};
  const models = Object.values(folders);
  const ownWorld = input['data'] === undefined || input['world'] !== undefined;
  let preset: unknown = {};
  if (models.every((folder) => folder === undefined)) preset = merge(preset, tinyModels);
  if (ownWorld) preset = merge(preset, emojiWorld);
  return merge(preset, input);
}

function resolveData(data: DataConfig, folder: string): DataConfig {
  const at = (path: string) => resolve(folder, path);
  const optional = (path: string | undefined) => (path === undefined ? undefined : at(path));
  const words = (path: string | undefined) => (path === WORDNET ? path : optional(path));
  const sets = data.outOfDistribution;
  return {
    ...data,
    inDistribution: optional(data.inDistribution),
    validation: optional(data.validation),
    calibration: optional(data.calibration),
    inDistributionTests: mapValues(data.inDistributionTests, at),
    outOfDistribution:
      typeof sets === 'string'
        ? at(sets)
        : mapValues(sets, (set) => (typeof set === 'string' ? at(set) : {...set, folder: at(set.folder)})),
    outOfDistributionValidation: mapValues(data.outOfDistributionValidation, at),
    vocabulary: words(data.vocabulary),
    adjectives: words(data.adjectives),
    contextVocabulary: words(data.contextVocabulary),
    contexts: optional(data.contexts),
    features: optional(data.features),
  };
}

function mapValues<A, B>(record: Record<string, A>, change: (value: A) => B): Record<string, B> {
  return Object.fromEntries(Object.entries(record).map(([key, value]) => [key, change(value)]));
}

function checkWhole(config: RunConfig, where: string, someModels: boolean): void {
  const fail = (message: string) => {
    throw new SynoodError('ERR_CONFIG', `${where}: ${message}`);
  };
  if (config.world === undefined && config.data.inDistribution === undefined) {
    fail(
      'expected "data.inDistribution", a folder of training images with one folder a class; or "world": "emoji".',
    );
  }
  if (config.contexts.source === 'file' && config.data.contexts === undefined) {
    fail('"contexts.source" is "file"; expected "data.contexts", the file.');
  }
  if (config.contexts.source === 'openai' && config.contexts.mllm.model === undefined) {
    fail('"contexts.source" is "openai"; expected "contexts.mllm.model", as the server calls it.');
  }
  const given = [config.models.clip, config.models.inpainter, config.models.classifier];
  const some = given.some((folder) => folder !== undefined) && given.some((folder) => folder === undefined);
  if (some && !someModels) {
    fail('expected "models" to name all of clip, inpainter and classifier, or none (Emoji World\'s).');
  }
  if (typeof config.data.outOfDistribution === 'string') return;
  for (const [name, set] of Object.entries(config.data.outOfDistribution)) {
    if (typeof set === 'string' || set.against === 'validation') continue;
    if (config.world === undefined && !Object.hasOwn(config.data.inDistributionTests, set.against)) {
      const known = ['validation', ...Object.keys(config.data.inDistributionTests)].join(', ');
      fail(`"data.outOfDistribution.${name}.against" is "${set.against}"; there are: ${known}.`);
    }
  }
}

/**
 * A whole configuration from what a user states. Without models it has the settings that suit Emoji World's; without
 * data it is Emoji World.
 *
 * @param options.folder  what relative paths are relative to; default: the current directory
 * @param options.where   what messages call the configuration
 * @param options.someModels  whether some of the models will do, as for detectors that need no other; default false
 * @throws SynoodError ERR_CONFIG naming each key that is unknown (and the nearest known one) or does not fit
 */
export function resolveConfig(
  input: unknown = {},
  options: {folder?: string; where?: string; someModels?: boolean} = {},
): RunConfig {
  const {folder = '.', where = 'The configuration', someModels = false} = options;
  if (!isRecord(input)) throw new SynoodError('ERR_CONFIG', `${where}: expected an object of settings.`);
  const parsed = configSchema.safeParse(withPresets(input));
  if (!parsed.success) {
    throw new SynoodError('ERR_CONFIG', `${where}: ${configProblems(parsed.error).join('; ')}`);
  }
  const at = (path: string | undefined) => (path === undefined ? undefined : resolve(folder, path));
  const {clip, inpainter, classifier, classifierHead: head} = parsed.data.models;
  const {clipn: noBranch, lsn: prompts} = parsed.data.evaluate;
  const config = {
    ...parsed.data,
    data: resolveData(parsed.data.data, folder),
    evaluate: {...parsed.data.evaluate, clipn: at(noBranch), lsn: at(prompts)},
    models: {
      clip: at(clip),
      inpainter: at(inpainter),
      classifier: at(classifier),
      ...(head && {classifierHead: {...head, file: resolve(folder, head.file)}}),
    },
  };
  checkWhole(config, where, someModels);
  return config;
}

/** Reads a configuration file. @throws SynoodError ERR_IO, ERR_CONFIG naming file and key */
export async function readConfig(path: string): Promise<RunConfig> {
  return resolveConfig(await readJson(path, 'ERR_CONFIG'), {folder: dirname(resolve(path)), where: path});
}
