import {access, stat} from 'node:fs/promises';
import {join} from 'node:path';
import {messageOf, SynoodError} from '../binding/errors.js';
import type {EngineCore} from '../engine/engine-core.js';
import {loadAutoencoder} from './autoencoder.js';
import {Classifier} from './classifier.js';
import {Clip} from './clip.js';
import {readConfig} from './config-file.js';
import {readModelIndex} from './model-index.js';
import {readSchedulerConfig} from './scheduler-config.js';
import {Unet} from './unet.js';
import {resolveWeights, type ResolveWeightsOptions} from './weights/weight-files.js';

/** One model of a folder, as its files' headers tell. */
export interface ModelPart {
  /** 'unet', 'vae', ... in a pipeline; '' where the folder is the model */
  name: string;
  className: string;
  files: string[];
  /** of weights: buffers of counters and positions left out */
  tensors: number;
  /** numbers in them */
  parameters: number;
  /** types of its tensors, as safetensors names them */
  dtypes: string[];
  /** of its files */
  bytes: number;
}

export interface ModelFolder {
  path: string;
  /** a pipeline's class, or the model's own */
  className: string;
  parts: ModelPart[];
}

/** What keeps a part from being used. */
export interface ModelProblem {
  part: string;
  code: string;
  message: string;
}

/** Stored with some models, and no weights of theirs. */
const NO_PARAMETER = /(^|\.)(position_ids|num_batches_tracked|running_mean|running_var)$/;

const there = (path: string): Promise<boolean> =>
  access(path).then(
    () => true,
    () => false,
  );

async function classOf(folder: string): Promise<string> {
  const {json, file} = await readConfig(folder, 'config.json');
  const config = json as {_class_name?: unknown; architectures?: unknown; model_type?: unknown} | null;
  const architectures = Array.isArray(config?.architectures) ? (config.architectures as unknown[]) : [];
  const found = config?._class_name ?? architectures[0] ?? config?.model_type;
  if (typeof found === 'string') return found;
  throw new SynoodError(
    'ERR_MODEL_FORMAT',
    `${file}: expected _class_name (diffusers), architectures or model_type (transformers), found none of them.`,
  );
}

const isDiffusers = (className: string): boolean => /^(UNet|Autoencoder)/.test(className);

async function readPart(
  folder: string,
  name: string,
  className: string,
  options: ResolveWeightsOptions,
): Promise<ModelPart> {
  const stem = isDiffusers(className) ? 'diffusion_pytorch_model' : 'model';
  const files = await resolveWeights(join(folder, name), stem, options);
  const weights = files.flatMap(({entries}) => entries).filter((entry) => !NO_PARAMETER.test(entry.name));
  return {
    name,
    className,
    files: files.map(({path}) => path),
    tensors: weights.length,
    parameters: weights.reduce((sum, {shape}) => sum + shape.reduce((size, side) => size * side, 1), 0),
    dtypes: [...new Set(weights.map(({dtype}) => dtype))].sort(),
    bytes: files.reduce((sum, {fileSize}) => sum + fileSize, 0),
  };
}

/**
 * What a model's folder or a pipeline's has, from its configurations and its files' headers; no weights are read.
 *
 * @throws SynoodError ERR_MODEL_FORMAT or ERR_IO naming file and key
 */
export async function readModelFolder(
  folder: string,
  options: ResolveWeightsOptions = {},
): Promise<ModelFolder> {
  const found = await stat(folder).catch(() => undefined);
  if (!found?.isDirectory()) {
    throw new SynoodError('ERR_IO', `${folder} is no folder. Expected a model's folder, or a pipeline's.`);
  }
  if (!(await there(join(folder, 'model_index.json')))) {
    const className = await classOf(folder);
    return {path: folder, className, parts: [await readPart(folder, '', className, options)]};
  }
  const {className, components} = await readModelIndex(folder);
  const parts: ModelPart[] = [];
  for (const name of ['text_encoder', 'text_encoder_2', 'unet', 'vae']) {
    const component = components[name];
    if (component) parts.push(await readPart(folder, name, component.className, options));
  }
  return {path: folder, className, parts};
}

async function load(
  engine: EngineCore,
  folder: string,
  {name, className}: ModelPart,
  options: ResolveWeightsOptions,
) {
  const path = join(folder, name);
  if (className.startsWith('UNet')) return Unet.load(engine, path, options);
  if (className.startsWith('Autoencoder')) return loadAutoencoder(engine, path, options);
  if (/^clip/i.test(className)) {
    const tokenizer = name === '' ? undefined : join(folder, name.replace('text_encoder', 'tokenizer'));
    return Clip.load(engine, path, {...options, tokenizer});
  }
  if (/^resnet/i.test(className)) return Classifier.load(engine, path);
  throw new SynoodError(
    'ERR_MODEL_FORMAT',
    `${path}: the class is ${className}; supported: UNet2DConditionModel, AutoencoderKL, AutoencoderTiny, CLIP models, ResNet classifiers.`,
  );
}

/**
 * Builds every part, so that each key of the files is used, none is missing or left over, and all shapes are those of
 * the configuration. On a 'meta' engine that takes no memory, whatever the model's size.
 *
 * @returns what is wrong; nothing where the folder can be used
 */
export async function checkModelFolder(
  engine: EngineCore,
  folder: ModelFolder,
  options: ResolveWeightsOptions = {},
): Promise<ModelProblem[]> {
  const problems: ModelProblem[] = [];
  const attempt = async (part: string, action: () => Promise<unknown>) => {
    try {
      await action();
    } catch (thrown) {
      const code = thrown instanceof SynoodError ? thrown.code : 'ERR_INTERNAL';
      problems.push({part, code, message: messageOf(thrown)});
    }
  };
  for (const part of folder.parts) {
    await attempt(part.name, async () => (await load(engine, folder.path, part, options)).dispose());
  }
  if (await there(join(folder.path, 'model_index.json'))) {
    await attempt('scheduler', () => readSchedulerConfig(join(folder.path, 'scheduler')));
  }
  return problems;
}
