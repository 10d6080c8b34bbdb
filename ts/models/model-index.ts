import {z} from 'zod';
import {SynoodError} from '../binding/errors.js';
import {checkConfig, readConfig, requireSupported, unsupported} from './config-file.js';

/** A class of a pipeline's component: `['diffusers', 'UNet2DConditionModel']`. */
export interface PipelineComponent {
  library: string;
  className: string;
}

/** model_index.json of a diffusers pipeline. Components that the file sets to null are left out. */
export interface ModelIndex {
  className: string;
  components: Record<string, PipelineComponent>;
}

const PIPELINES = [
  'StableDiffusionInpaintPipeline',
  'StableDiffusionPipeline',
  'StableDiffusionImg2ImgPipeline',
  'StableDiffusionInpaintPipelineLegacy',
];

// What inpainting loads, and the classes that it can load there.
const REQUIRED: Record<string, readonly string[]> = {
  unet: ['UNet2DConditionModel'],
  vae: ['AutoencoderKL'],
  text_encoder: ['CLIPTextModel'],
  tokenizer: ['CLIPTokenizer', 'CLIPTokenizerFast'],
  scheduler: [],
};

const schema = z.looseObject({_class_name: z.string(), requires_safety_checker: z.boolean().optional()});
const component = z.tuple([z.string().nullable(), z.string().nullable()]);

/**
 * A diffusers model_index.json of a Stable Diffusion 1 or 2 pipeline. Unused components (safety checker,
 * feature extractor) may be there.
 *
 * @throws SynoodError ERR_MODEL_FORMAT naming file, key and what is supported
 */
export function parseModelIndex(json: unknown, file = 'model_index.json'): ModelIndex {
  const {_class_name: className, ...rest} = checkConfig(schema, json, file);
  requireSupported(json, file, {_class_name: PIPELINES});
  const components: Record<string, PipelineComponent> = {};
  for (const [name, value] of Object.entries(rest)) {
    const parsed = component.safeParse(value);
    if (!name.startsWith('_') && parsed.success && parsed.data[0] !== null && parsed.data[1] !== null) {
      components[name] = {library: parsed.data[0], className: parsed.data[1]};
    }
  }
  for (const [name, classes] of Object.entries(REQUIRED)) {
    const found = components[name]?.className;
    if (found === undefined) {
      throw new SynoodError(
        'ERR_MODEL_FORMAT',
        `${file}: component "${name}" is missing; inpainting needs it.`,
      );
    }
    if (classes.length > 0 && !classes.includes(found)) throw unsupported(file, name, found, classes);
  }
  return {className, components};
}

/** Reads the model_index.json of a pipeline's folder. @throws SynoodError ERR_MODEL_FORMAT or ERR_IO */
export async function readModelIndex(folder: string): Promise<ModelIndex> {
  const {json, file} = await readConfig(folder, 'model_index.json');
  return parseModelIndex(json, file);
}
