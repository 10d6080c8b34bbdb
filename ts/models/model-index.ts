import {z} from 'zod';
import {SynoodError} from '../binding/errors.js';
import {checkConfig, readConfig, requireSupported, unsupported} from './config-file.js';

/** A class of a pipeline's component: `['diffusers', 'UNet2DConditionModel']`. */
export interface PipelineComponent {
  library: string;
  className: string;
}

/** How a pipeline is conditioned: by one text encoder, or by Stable Diffusion XL's two and the picture's sizes. */
export type PipelineFamily = 'sd' | 'sdxl';

/** model_index.json of a diffusers pipeline. Components that the file sets to null are left out. */
export interface ModelIndex {
  className: string;
  family: PipelineFamily;
  /** Stable Diffusion XL: a negative prompt that is not given stands for zeros, not for the empty text */
  forceZerosForEmptyPrompt: boolean;
  components: Record<string, PipelineComponent>;
}

const FAMILIES: Record<string, PipelineFamily> = {
  StableDiffusionInpaintPipeline: 'sd',
  StableDiffusionPipeline: 'sd',
  StableDiffusionImg2ImgPipeline: 'sd',
  StableDiffusionInpaintPipelineLegacy: 'sd',
  LatentConsistencyModelPipeline: 'sd',
  LatentConsistencyModelImg2ImgPipeline: 'sd',
  StableDiffusionXLInpaintPipeline: 'sdxl',
  StableDiffusionXLPipeline: 'sdxl',
  StableDiffusionXLImg2ImgPipeline: 'sdxl',
};

const TOKENIZERS = ['CLIPTokenizer', 'CLIPTokenizerFast'];

// What inpainting loads, and the classes that it can load there; a scheduler's own file says of which class it is.
const COMMON: Record<string, readonly string[]> = {
  unet: ['UNet2DConditionModel'],
  vae: ['AutoencoderKL', 'AutoencoderTiny'],
  text_encoder: ['CLIPTextModel'],
  tokenizer: TOKENIZERS,
  scheduler: [],
};
const REQUIRED: Record<PipelineFamily, Record<string, readonly string[]>> = {
  sd: COMMON,
  sdxl: {...COMMON, text_encoder_2: ['CLIPTextModelWithProjection'], tokenizer_2: TOKENIZERS},
};

const schema = z.looseObject({
  _class_name: z.string(),
  requires_safety_checker: z.boolean().optional(),
  force_zeros_for_empty_prompt: z.boolean().nullish(),
});
const component = z.tuple([z.string().nullable(), z.string().nullable()]);

/**
 * A diffusers model_index.json of a Stable Diffusion 1, 2 or XL pipeline. Unused components (safety checker,
 * feature extractor) may be there.
 *
 * @throws SynoodError ERR_MODEL_FORMAT naming file, key and what is supported
 */
export function parseModelIndex(json: unknown, file = 'model_index.json'): ModelIndex {
  const {
    _class_name: className,
    force_zeros_for_empty_prompt: zeros,
    ...rest
  } = checkConfig(schema, json, file);
  requireSupported(json, file, {
    _class_name: Object.keys(FAMILIES),
    requires_aesthetics_score: [false, null],
  });
  const family = FAMILIES[className]!;
  const components: Record<string, PipelineComponent> = {};
  for (const [name, value] of Object.entries(rest)) {
    const parsed = component.safeParse(value);
    if (!name.startsWith('_') && parsed.success && parsed.data[0] !== null && parsed.data[1] !== null) {
      components[name] = {library: parsed.data[0], className: parsed.data[1]};
    }
  }
  for (const [name, classes] of Object.entries(REQUIRED[family])) {
    const found = components[name]?.className;
    if (found === undefined) {
      throw new SynoodError(
        'ERR_MODEL_FORMAT',
        `${file}: component "${name}" is missing; inpainting needs it.`,
      );
    }
    if (classes.length > 0 && !classes.includes(found)) throw unsupported(file, name, found, classes);
  }
  return {className, family, forceZerosForEmptyPrompt: zeros ?? true, components};
}

/** Reads the model_index.json of a pipeline's folder. @throws SynoodError ERR_MODEL_FORMAT or ERR_IO */
export async function readModelIndex(folder: string): Promise<ModelIndex> {
  const {json, file} = await readConfig(folder, 'model_index.json');
  return parseModelIndex(json, file);
}
