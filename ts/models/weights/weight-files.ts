import {readdir, stat} from 'node:fs/promises';
import {join} from 'node:path';
import {z} from 'zod';
import {messageOf, SynoodError} from '../../binding/errors.js';
import {checkJson, readJson} from '../../data/files/json-file.js';
import type {SafetensorsHeader} from './safetensors-format.js';
import {readSafetensorsHeader} from './safetensors-header.js';

/** The checked header of one file of weights. */
export type WeightFile = SafetensorsHeader;

export interface ResolveWeightsOptions {
  /** `fp16` picks `<stem>.fp16.safetensors`; without it the plain files come first, then fp16 ones. */
  variant?: string;
}

const indexSchema = z.object({weight_map: z.record(z.string(), z.string())});

async function namesIn(folder: string): Promise<string[]> {
  try {
    if (!(await stat(folder)).isDirectory()) {
      throw new SynoodError('ERR_MODEL_FORMAT', `${folder} is a file; expected a model folder.`);
    }
    return (await readdir(folder)).sort();
  } catch (error) {
    if (error instanceof SynoodError) throw error;
    throw new SynoodError('ERR_IO', `Cannot read the model folder ${folder}: ${messageOf(error)}`, {
      cause: error,
    });
  }
}

function candidates(stem: string, variant: string | undefined): {single: string; index: string} {
  return variant === undefined
    ? {single: `${stem}.safetensors`, index: `${stem}.safetensors.index.json`}
    : {single: `${stem}.${variant}.safetensors`, index: `${stem}.safetensors.index.${variant}.json`};
}

/** A shard's name comes from a file that somebody else wrote: it may name a file of this folder, nothing more. */
function checkShardName(name: string, key: string, indexPath: string): void {
  if (/[/\\\0:]/.test(name) || name.includes('..') || !name.endsWith('.safetensors')) {
    throw new SynoodError(
      'ERR_MODEL_FORMAT',
      `${indexPath}: key "${key}" names the shard ${JSON.stringify(name)}; expected the plain name of a .safetensors file in the same folder.`,
    );
  }
}

async function readShards(folder: string, indexName: string, names: string[]): Promise<WeightFile[]> {
  const indexPath = join(folder, indexName);
  const {weight_map: map} = checkJson(
    indexSchema,
    await readJson(indexPath, 'ERR_MODEL_FORMAT'),
    indexPath,
    'ERR_MODEL_FORMAT',
  );
  const keysOf = new Map<string, string[]>();
  for (const [key, shard] of Object.entries(map)) {
    checkShardName(shard, key, indexPath);
    const keys = keysOf.get(shard);
    if (keys) keys.push(key);
    else keysOf.set(shard, [key]);
  }
  if (keysOf.size === 0) throw new SynoodError('ERR_MODEL_FORMAT', `${indexPath}: its weight_map is empty.`);
  const files: WeightFile[] = [];
  const shardOf = new Map<string, string>();
  for (const shard of [...keysOf.keys()].sort()) {
    if (!names.includes(shard)) {
      throw new SynoodError(
        'ERR_MODEL_FORMAT',
        `${join(folder, shard)} is missing: ${indexName} asks for it (key "${keysOf.get(shard)![0]}"). Fetch the whole model folder.`,
      );
    }
    const header = await readSafetensorsHeader(join(folder, shard));
    const present = new Set(header.entries.map((entry) => entry.name));
    const absent = keysOf.get(shard)!.find((key) => !present.has(key));
    if (absent !== undefined) {
      throw new SynoodError(
        'ERR_MODEL_FORMAT',
        `${header.path}: key "${absent}" is missing, though ${indexName} says that it is there.`,
      );
    }
    for (const {name} of header.entries) {
      const other = shardOf.get(name);
      if (other !== undefined) {
        throw new SynoodError('ERR_MODEL_FORMAT', `${header.path}: key "${name}" is in ${other} too.`);
      }
      shardOf.set(name, shard);
    }
    files.push(header);
  }
  return files;
}

function notFound(folder: string, stem: string, variant: string | undefined, names: string[]): SynoodError {
  const {single, index} = candidates(stem, variant);
  const pickles = names.filter((name) => /\.(bin|ckpt|pt|pth|msgpack|h5)$/.test(name));
  const others = names.filter((name) => name.endsWith('.safetensors'));
  const expected = `expected ${single} or ${index}`;
  if (others.length > 0) {
    return new SynoodError('ERR_MODEL_FORMAT', `${folder}: ${expected}, found only ${others.join(', ')}.`);
  }
  if (pickles.length > 0) {
    return new SynoodError(
      'ERR_MODEL_FORMAT',
      `${folder}: ${expected}, found only ${pickles.join(', ')}. Only safetensors is read, because pickled weights can run code: fetch the safetensors version, or save the model with save_pretrained(safe_serialization=True).`,
    );
  }
  return new SynoodError('ERR_MODEL_FORMAT', `${folder}: ${expected}, found no weights.`);
}

/**
 * Finds a model folder's weights and checks their headers: one file, or the shards that an index names.
 *
 * @param folder a Hugging Face or diffusers model folder
 * @param stem   `model` (transformers) or `diffusion_pytorch_model` (diffusers)
 * @throws SynoodError ERR_MODEL_FORMAT naming file and key; ERR_IO if the folder cannot be read
 */
export async function resolveWeights(
  folder: string,
  stem: string,
  options: ResolveWeightsOptions = {},
): Promise<WeightFile[]> {
  const names = await namesIn(folder);
  const variants = options.variant === undefined ? [undefined, 'fp16'] : [options.variant];
  for (const variant of variants) {
    const {single, index} = candidates(stem, variant);
    if (names.includes(single)) return [await readSafetensorsHeader(join(folder, single))];
    if (names.includes(index)) return readShards(folder, index, names);
  }
  throw notFound(folder, stem, options.variant, names);
}
