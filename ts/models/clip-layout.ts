import {access, readdir} from 'node:fs/promises';
import {join} from 'node:path';
import {SynoodError} from '../binding/errors.js';
import type {ImagePreprocessing} from '../data/preprocess.js';
import {type ClipConfig, readClipConfig} from './clip-config.js';
import {clipConfigFromWeights, hasOpenAiKeys} from './clip-from-weights.js';
import {openAiPreprocessing, readOpenClipConfig, readOpenClipPreprocessing} from './open-clip-config.js';
import {readPreprocessorConfig} from './preprocessor-config.js';
import type {TokenizerManner} from './tokenizer.js';
import {resolveWeights, type WeightFile} from './weights/weight-files.js';

export interface ClipLayoutOptions {
  /** see ResolveWeightsOptions */
  variant?: string;
  /** of a folder that has OpenAI's or OpenCLIP's weights without their configuration */
  activation?: 'quick_gelu' | 'gelu';
}

/** What a CLIP folder says, whoever wrote it. */
export interface ClipLayout {
  /** `transformers`: config.json; `open_clip`: open_clip_config.json; `openai`: weights alone */
  layout: 'transformers' | 'open_clip' | 'openai';
  config: ClipConfig;
  files: WeightFile[];
  /** undefined: CLIP's own */
  preprocessing: ImagePreprocessing | undefined;
  manner: TokenizerManner;
}

const exists = (folder: string, name: string): Promise<boolean> =>
  access(join(folder, name)).then(
    () => true,
    () => false,
  );

/** The only weights of a folder, whatever they are called. */
async function onlyStem(folder: string): Promise<string | undefined> {
  const names = await readdir(folder).catch(() => []);
  const files = names.filter((name) => name.endsWith('.safetensors'));
  return files.length === 1 ? files[0]!.slice(0, -'.safetensors'.length) : undefined;
}

async function openClipWeights(folder: string, variant: string | undefined): Promise<WeightFile[]> {
  for (const stem of ['open_clip_model', 'model']) {
    if (await exists(folder, `${stem}.safetensors`)) return resolveWeights(folder, stem, {variant});
  }
  return resolveWeights(folder, (await onlyStem(folder)) ?? 'open_clip_model', {variant});
}

/**
 * Tells the layouts of CLIP apart: transformers' folder (with config.json), OpenCLIP's (with open_clip_config.json), and OpenAI's or
 * OpenCLIP's weights alone, whose sizes are read from the tensors. A folder that holds two is read as transformers'.
 *
 * @throws SynoodError ERR_MODEL_FORMAT naming the file and what is missing
 */
export async function readClipLayout(folder: string, options: ClipLayoutOptions = {}): Promise<ClipLayout> {
  const {variant} = options;
  const weights = {variant};
  if (await exists(folder, 'config.json')) {
    return {
      layout: 'transformers',
      config: await readClipConfig(folder),
      files: await resolveWeights(folder, 'model', weights),
      preprocessing: await readPreprocessorConfig(folder),
      manner: 'transformers',
    };
  }
  if (await exists(folder, 'open_clip_config.json')) {
    return {
      layout: 'open_clip',
      config: await readOpenClipConfig(folder),
      files: await openClipWeights(folder, variant),
      preprocessing: await readOpenClipPreprocessing(folder),
      manner: 'openai',
    };
  }
  const stem = await onlyStem(folder);
  const files = stem === undefined ? [] : await resolveWeights(folder, stem, weights);
  if (!hasOpenAiKeys(files)) {
    throw new SynoodError(
      'ERR_MODEL_FORMAT',
      `${folder}: expected a CLIP model: config.json (transformers), open_clip_config.json (OpenCLIP), or one .safetensors file with OpenAI's keys.`,
    );
  }
  const config = clipConfigFromWeights(files, options.activation);
  const side = config.vision?.imageSize ?? 224;
  return {layout: 'openai', config, files, preprocessing: openAiPreprocessing(side), manner: 'openai'};
}
