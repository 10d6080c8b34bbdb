import {z} from 'zod';
import {clipPreprocessing} from '../data/clip-preprocess.js';
import type {ImagePreprocessing} from '../data/preprocess.js';
import type {ClipConfig} from './clip-config.js';
import {checkConfig, positiveInteger, readConfig, requireDivisible, requireSupported} from './config-file.js';

const schema = z.object({
  model_cfg: z.object({
    embed_dim: positiveInteger,
    quick_gelu: z.boolean().default(false),
    vision_cfg: z.looseObject({
      image_size: positiveInteger.default(224),
      patch_size: positiveInteger.default(16),
      layers: positiveInteger.default(12),
      width: positiveInteger.default(768),
      head_width: positiveInteger.default(64),
      mlp_ratio: z.number().positive().default(4),
    }),
    text_cfg: z.looseObject({
      context_length: positiveInteger.default(77),
      vocab_size: positiveInteger.default(49408),
      width: positiveInteger.default(512),
      heads: positiveInteger.default(8),
      layers: positiveInteger.default(12),
      mlp_ratio: z.number().positive().default(4),
    }),
  }),
});

/**
 * An open_clip_config.json: the plain vision transformers of OpenAI's and OpenCLIP's models. Its text side pools
 * at argmax(ids), which `eosTokenId: 2` means in ClipConfig.
 *
 * @throws SynoodError ERR_MODEL_FORMAT naming file, key and what is supported
 */
export function parseOpenClipConfig(json: unknown, file = 'open_clip_config.json'): ClipConfig {
  const {model_cfg: model} = checkConfig(schema, json, file);
  const {vision_cfg: vision, text_cfg: text} = model;
  requireSupported(vision, `${file} (vision_cfg)`, {
    timm_model_name: [null],
    pool_type: ['tok'],
    attentional_pool: [false],
    attn_pooler_queries: [256],
    ls_init_value: [null],
    no_ln_pre: [false],
    final_ln_after_pool: [false],
    pos_embed_type: ['learnable'],
    input_patchnorm: [false],
  });
  requireSupported(text, `${file} (text_cfg)`, {
    hf_model_name: [null],
    pool_type: ['argmax'],
    embed_cls: [false],
    ls_init_value: [null],
    no_causal_mask: [false],
    final_ln_after_pool: [false],
    proj_bias: [false],
  });
  requireDivisible(file, 'vision_cfg.width', vision.width, 'head_width', vision.head_width);
  requireDivisible(file, 'text_cfg.width', text.width, 'heads', text.heads);
  const shared = {
    projectionDim: model.embed_dim,
    layerNormEps: 1e-5,
    hiddenAct: model.quick_gelu ? ('quick_gelu' as const) : ('gelu' as const),
  };
  return {
    text: {
      ...shared,
      hiddenSize: text.width,
      intermediateSize: Math.trunc(text.width * text.mlp_ratio),
      numHiddenLayers: text.layers,
      numAttentionHeads: text.heads,
      vocabSize: text.vocab_size,
      maxPositionEmbeddings: text.context_length,
      eosTokenId: 2,
    },
    vision: {
      ...shared,
      hiddenSize: vision.width,
      intermediateSize: Math.trunc(vision.width * vision.mlp_ratio),
      numHiddenLayers: vision.layers,
      numAttentionHeads: vision.width / vision.head_width,
      imageSize: vision.image_size,
      patchSize: vision.patch_size,
      numChannels: 3,
    },
    logitScaleInit: Math.log(1 / 0.07),
  };
}

/** Reads the open_clip_config.json of a folder. @throws SynoodError ERR_MODEL_FORMAT or ERR_IO */
export async function readOpenClipConfig(folder: string): Promise<ClipConfig> {
  const {json, file} = await readConfig(folder, 'open_clip_config.json');
  return parseOpenClipConfig(json, file);
}

const preprocessSchema = z.object({
  preprocess_cfg: z
    .looseObject({
      mean: z.array(z.number()).length(3).nullish(),
      std: z.array(z.number().positive()).length(3).nullish(),
      interpolation: z.string().nullish(),
      resize_mode: z.string().nullish(),
    })
    .nullish(),
  model_cfg: z.object({vision_cfg: z.looseObject({image_size: positiveInteger.default(224)})}),
});

/** OpenAI's transform, which is torchvision's: the crop's offset is rounded half to even. */
export function openAiPreprocessing(imageSize: number): ImagePreprocessing {
  return {...clipPreprocessing(imageSize), cropOffset: 'round'};
}

/**
 * The image transform of an open_clip_config.json.
 *
 * @throws SynoodError ERR_MODEL_FORMAT naming file, key and what is supported
 */
export function parseOpenClipPreprocessing(
  json: unknown,
  file = 'open_clip_config.json',
): ImagePreprocessing {
  const {preprocess_cfg: stated, model_cfg: model} = checkConfig(preprocessSchema, json, file);
  const side = model.vision_cfg.image_size;
  const {mean, std, interpolation = 'bicubic', resize_mode: mode = 'shortest'} = stated ?? {};
  requireSupported({interpolation, resize_mode: mode}, `${file} (preprocess_cfg)`, {
    interpolation: ['bicubic', 'bilinear', null],
    resize_mode: ['shortest', 'squash', null],
  });
  const own = openAiPreprocessing(side);
  const squash = {resize: {width: side, height: side}, crop: undefined};
  return {
    ...own,
    ...(mode === 'squash' ? squash : {}),
    filter: interpolation === 'bilinear' ? 'bilinear' : 'bicubic',
    mean: mean ?? own.mean,
    std: std ?? own.std,
  };
}

/** Reads the image transform of a folder's open_clip_config.json. @throws SynoodError ERR_MODEL_FORMAT or ERR_IO */
export async function readOpenClipPreprocessing(folder: string): Promise<ImagePreprocessing> {
  const {json, file} = await readConfig(folder, 'open_clip_config.json');
  return parseOpenClipPreprocessing(json, file);
}
