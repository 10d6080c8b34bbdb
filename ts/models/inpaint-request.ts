import type {FloatTensor, InpaintRequest, SchedulerSpec, Tensor} from '../binding/contract.js';
import {SynoodError} from '../binding/errors.js';
import type {Clip} from './clip.js';
import type {InpaintOptions, SizeConditioning} from './inpaint-options.js';
import type {PipelineFamily} from './model-index.js';

/** What turning options into a request takes of a pipeline. */
export interface PromptEncoding {
  family: PipelineFamily;
  textEncoder: Clip;
  textEncoder2?: Clip;
  scheduler: SchedulerSpec;
  forceZerosForEmptyPrompt: boolean;
}

type Prompts = string | readonly (string | undefined)[] | undefined;
type PromptFields = Pick<
  InpaintRequest,
  | 'ids'
  | 'negativeIds'
  | 'ids2'
  | 'negativeIds2'
  | 'promptEmbeds'
  | 'negativeEmbeds'
  | 'pooledEmbeds'
  | 'negativePooledEmbeds'
  | 'zeroNegative'
>;

/** diffusers' StableDiffusionXLInpaintPipeline keeps a trace of the image by default. */
const DEFAULT_STRENGTH: Record<PipelineFamily, number> = {sd: 1, sdxl: 0.9999};

function each(prompts: Prompts, count: number, what: string): (string | undefined)[] {
  if (prompts === undefined || typeof prompts === 'string')
    return Array<string | undefined>(count).fill(prompts);
  if (prompts.length === count) return [...prompts];
  throw new SynoodError(
    'ERR_SHAPE',
    `Expected one ${what} for each of ${count} images, got ${prompts.length}.`,
  );
}

const tokens = (encoder: Clip, prompts: (string | undefined)[]) =>
  encoder.tokenize(prompts.map((prompt) => prompt ?? ''));

function embeddings({promptEmbeds}: InpaintOptions): PromptFields | undefined {
  if (!promptEmbeds) return undefined;
  return {
    promptEmbeds: promptEmbeds.prompt,
    negativeEmbeds: promptEmbeds.negativePrompt,
    pooledEmbeds: promptEmbeds.pooled,
    negativePooledEmbeds: promptEmbeds.negativePooled,
  };
}

function texts(
  pipeline: PromptEncoding,
  options: InpaintOptions,
  count: number,
  guided: boolean,
): PromptFields {
  if (options.prompt === undefined) {
    throw new SynoodError('ERR_VALUE', 'Expected a prompt (or promptEmbeds), got none.');
  }
  const prompt = each(options.prompt, count, 'prompt');
  const negative = each(options.negativePrompt, count, 'negativePrompt');
  const {textEncoder, textEncoder2} = pipeline;
  const first = {
    ids: tokens(textEncoder, prompt),
    negativeIds: guided ? tokens(textEncoder, negative) : undefined,
  };
  if (!textEncoder2) return first;
  const prompt2 = options.prompt2 === undefined ? prompt : each(options.prompt2, count, 'prompt2');
  const negative2 =
    options.negativePrompt2 === undefined
      ? negative
      : each(options.negativePrompt2, count, 'negativePrompt2');
  const unset = [...negative.keys()].filter((row) => negative[row] === undefined);
  return {
    ...first,
    ids2: tokens(textEncoder2, prompt2),
    negativeIds2: guided ? tokens(textEncoder2, negative2) : undefined,
    zeroNegative: pipeline.forceZerosForEmptyPrompt ? unset : undefined,
  };
}

/** (N, 6): original height and width, top and left of the crop, target height and width */
function timeIds(sizes: SizeConditioning | undefined, image: Tensor): FloatTensor | undefined {
  if (!sizes) return undefined;
  const [count = 0, , height = 0, width = 0] = image.shape;
  const own = {height, width};
  const {originalSize = own, cropTopLeft = {top: 0, left: 0}, targetSize = own} = sizes;
  const row = [
    originalSize.height,
    originalSize.width,
    cropTopLeft.top,
    cropTopLeft.left,
    targetSize.height,
    targetSize.width,
  ];
  return {data: Float32Array.from({length: count * 6}, (_, i) => row[i % 6]!), shape: [count, 6]};
}

function seedsOf(seed: bigint | number | bigint[], count: number): bigint[] {
  if (!Array.isArray(seed)) return Array.from({length: count}, (_, index) => BigInt(seed) + BigInt(index));
  if (seed.length !== count) {
    throw new SynoodError('ERR_SHAPE', `Expected one seed for each of ${count} images, got ${seed.length}.`);
  }
  return seed;
}

/** Options with their defaults, prompts as ids. @throws SynoodError ERR_SHAPE, ERR_VALUE */
export function inpaintRequest(pipeline: PromptEncoding, options: InpaintOptions): InpaintRequest {
  const count = options.image.shape[0] ?? 0;
  const guidanceScale = options.guidanceScale ?? 7.5;
  return {
    image: options.image,
    mask: options.mask,
    ...(embeddings(options) ?? texts(pipeline, options, count, guidanceScale > 1)),
    timeIds: timeIds(options.sizes, options.image),
    strength: options.strength ?? DEFAULT_STRENGTH[pipeline.family],
    guidanceScale,
    eta: options.eta ?? 0,
    cacheInterval: options.cacheInterval ?? 1,
    steps: options.steps ?? 50,
    timesteps: options.timesteps,
    scheduler: options.scheduler ?? pipeline.scheduler,
    seeds: seedsOf(options.seed ?? 0, count),
    preview: options.preview?.native,
  };
}
