import {access} from 'node:fs/promises';
import {join} from 'node:path';
import {z} from 'zod';
import {CLIP_MEAN, CLIP_STD} from '../data/clip-preprocess.js';
import type {ImagePreprocessing, ResampleFilter} from '../data/preprocess.js';
import {checkConfig, positiveInteger, readConfig, requireSupported, unsupported} from './config-file.js';

const HALF = [0.5, 0.5, 0.5];
const IMAGENET_MEAN = [0.485, 0.456, 0.406];
const IMAGENET_STD = [0.229, 0.224, 0.225];

/** Pillow's numbers for its filters. */
const FILTERS: Record<number, ResampleFilter> = {1: 'lanczos', 2: 'bilinear', 3: 'bicubic'};

/** torchvision's IMAGENET1K_V2 transform: resize to 232, bilinear, and a crop of 224. */
export const IMAGENET_V2_PREPROCESSING: ImagePreprocessing = {
  resize: {shortestEdge: 232},
  filter: 'bilinear',
  crop: {width: 224, height: 224},
  cropOffset: 'round',
  scale: 1 / 255,
  mean: IMAGENET_MEAN,
  std: IMAGENET_STD,
};

const sizeSchema = z.union([
  positiveInteger,
  z.object({shortest_edge: positiveInteger}),
  z.object({height: positiveInteger, width: positiveInteger}),
]);
type Size = z.infer<typeof sizeSchema>;

const schema = z.object({
  image_processor_type: z.string().nullish(),
  feature_extractor_type: z.string().nullish(),
  do_resize: z.boolean().nullish(),
  size: sizeSchema.nullish(),
  resample: z.number().int().nullish(),
  do_center_crop: z.boolean().nullish(),
  crop_size: sizeSchema.nullish(),
  crop_pct: z.number().positive().nullish(),
  do_rescale: z.boolean().nullish(),
  rescale_factor: z.number().positive().nullish(),
  do_normalize: z.boolean().nullish(),
  image_mean: z.array(z.number()).length(3).nullish(),
  image_std: z.array(z.number().positive()).length(3).nullish(),
});
type Config = z.infer<typeof schema>;

interface ProcessorDefaults {
  resample: number;
  size: Size;
  crop: Size | undefined;
  mean: number[];
  std: number[];
}

// By the class's name without "ImageProcessor", "FeatureExtractor" and the suffixes Fast and Pil.
const PROCESSORS: Record<string, ProcessorDefaults> = {
  CLIP: {resample: 3, size: {shortest_edge: 224}, crop: 224, mean: CLIP_MEAN, std: CLIP_STD},
  Bit: {resample: 3, size: {shortest_edge: 224}, crop: 224, mean: CLIP_MEAN, std: CLIP_STD},
  ConvNext: {resample: 3, size: {shortest_edge: 384}, crop: undefined, mean: HALF, std: HALF},
  ViT: {resample: 2, size: {height: 224, width: 224}, crop: undefined, mean: HALF, std: HALF},
};

function rectangle(size: Size): {width: number; height: number} {
  if (typeof size === 'number') return {width: size, height: size};
  return 'height' in size ? size : {width: size.shortest_edge, height: size.shortest_edge};
}

function shortestEdge(size: Size): number | undefined {
  if (typeof size === 'number') return size;
  return 'shortest_edge' in size ? size.shortest_edge : undefined;
}

/** ConvNext's own rule: below 384 pixels resize to more than the crop and cut the centre, else squash. */
function convNextGeometry(config: Config, size: Size, file: string): Partial<ImagePreprocessing> {
  const edge = shortestEdge(size);
  if (edge === undefined) throw unsupported(file, 'size', size, ['{"shortest_edge": ...}']);
  if (edge >= 384) return {resize: {width: edge, height: edge}};
  return {
    resize: {shortestEdge: Math.trunc(edge / (config.crop_pct ?? 224 / 256))},
    crop: {width: edge, height: edge},
  };
}

/**
 * A preprocessor_config.json of transformers: CLIP, Bit, ConvNext (which ResNet uses) and ViT image processors,
 * under their old names (…FeatureExtractor) and new ones.
 *
 * @throws SynoodError ERR_MODEL_FORMAT naming file, key and what is supported
 */
export function parsePreprocessorConfig(
  json: unknown,
  file = 'preprocessor_config.json',
): ImagePreprocessing {
  const config = checkConfig(schema, json, file);
  const type = config.image_processor_type ?? config.feature_extractor_type ?? 'CLIPImageProcessor';
  const family = type.replace(/(ImageProcessor|FeatureExtractor)(Fast|Pil)?$/, '');
  const defaults = Object.hasOwn(PROCESSORS, family) ? PROCESSORS[family] : undefined;
  if (!defaults) {
    const known = Object.keys(PROCESSORS).map((name) => `${name}ImageProcessor`);
    throw unsupported(file, 'image_processor_type', type, known);
  }
  requireSupported(json, file, {do_pad: [null, false]});
  const resample = config.resample ?? defaults.resample;
  const filter = FILTERS[resample];
  if (!filter) throw unsupported(file, 'resample', resample, Object.keys(FILTERS).map(Number));
  const size = config.size ?? defaults.size;
  const result: ImagePreprocessing = {
    filter,
    scale: config.do_rescale === false ? 1 : (config.rescale_factor ?? 1 / 255),
    mean: config.do_normalize === false ? [0, 0, 0] : (config.image_mean ?? defaults.mean),
    std: config.do_normalize === false ? [1, 1, 1] : (config.image_std ?? defaults.std),
  };
  const resizes = config.do_resize !== false;
  if (resizes && family === 'ConvNext') Object.assign(result, convNextGeometry(config, size, file));
  else if (resizes) {
    const edge = family === 'ViT' && typeof size === 'number' ? undefined : shortestEdge(size);
    result.resize = edge === undefined ? rectangle(size) : {shortestEdge: edge};
  }
  const crop = config.crop_size ?? defaults.crop;
  const crops = config.do_center_crop ?? defaults.crop !== undefined;
  if (crops && crop !== undefined) result.crop = rectangle(crop);
  return result;
}

/**
 * Reads a folder's preprocessor_config.json, or the image processor in a newer processor_config.json.
 *
 * @returns undefined if the folder has neither
 * @throws SynoodError ERR_MODEL_FORMAT naming the file
 */
export async function readPreprocessorConfig(folder: string): Promise<ImagePreprocessing | undefined> {
  for (const name of ['preprocessor_config.json', 'processor_config.json']) {
    const exists = await access(join(folder, name)).then(
      () => true,
      () => false,
    );
    if (!exists) continue;
    const {json, file} = await readConfig(folder, name);
    if (name === 'preprocessor_config.json') return parsePreprocessorConfig(json, file);
    const inner = checkConfig(z.looseObject({image_processor: z.unknown()}), json, file).image_processor;
    if (inner !== undefined && inner !== null)
      return parsePreprocessorConfig(inner, `${file} (image_processor)`);
  }
  return undefined;
}
