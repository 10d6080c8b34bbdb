import {z} from 'zod';
import type {ClipSpec, ClipTextSpec, ClipVisionSpec} from '../binding/contract.js';
import {SynoodError} from '../binding/errors.js';
import {checkConfig, positiveInteger, readConfig, requireDivisible, unsupported} from './config-file.js';

/** A CLIP model, or one tower of it. */
export type ClipConfig = ClipSpec;

const activations = ['quick_gelu', 'gelu'];

const DEFAULT_PROJECTION = 512;
const DEFAULT_LOGIT_SCALE = 2.6592;

/** One number, or the same number twice, as some configurations state a square. */
const square = z.union([positiveInteger, z.tuple([positiveInteger, positiveInteger])]);

// The defaults are those of transformers' CLIPTextConfig and CLIPVisionConfig: files leave out what equals them.
const textSchema = z.object({
  hidden_size: positiveInteger.default(512),
  intermediate_size: positiveInteger.default(2048),
  num_hidden_layers: positiveInteger.default(12),
  num_attention_heads: positiveInteger.default(8),
  vocab_size: positiveInteger.default(49408),
  max_position_embeddings: positiveInteger.default(77),
  projection_dim: positiveInteger.nullish(),
  eos_token_id: z.number().int().nonnegative().nullish(),
  layer_norm_eps: z.number().nonnegative().default(1e-5),
  hidden_act: z.string().default('quick_gelu'),
});

const visionSchema = z.object({
  hidden_size: positiveInteger.default(768),
  intermediate_size: positiveInteger.default(3072),
  num_hidden_layers: positiveInteger.default(12),
  num_attention_heads: positiveInteger.default(12),
  image_size: square.default(224),
  patch_size: square.default(32),
  num_channels: positiveInteger.default(3),
  projection_dim: positiveInteger.nullish(),
  layer_norm_eps: z.number().nonnegative().default(1e-5),
  hidden_act: z.string().default('quick_gelu'),
});

const part = z.record(z.string(), z.unknown()).nullish();
const headSchema = z.object({
  model_type: z.string(),
  architectures: z.array(z.string()).nullish(),
  projection_dim: positiveInteger.nullish(),
  logit_scale_init_value: z.number().nullish(),
  text_config: part,
  text_config_dict: part,
  vision_config: part,
  vision_config_dict: part,
});

function activation(value: string, file: string): string {
  if (!activations.includes(value)) throw unsupported(file, 'hidden_act', value, activations);
  return value;
}

function side(value: z.infer<typeof square>, key: string, file: string): number {
  if (typeof value === 'number') return value;
  if (value[0] !== value[1]) throw unsupported(file, key, value, ['a square']);
  return value[0];
}

function textConfig(json: unknown, file: string, projectionDim: number): ClipTextSpec {
  const text = checkConfig(textSchema, json, file);
  requireDivisible(file, 'hidden_size', text.hidden_size, 'num_attention_heads', text.num_attention_heads);
  return {
    hiddenSize: text.hidden_size,
    intermediateSize: text.intermediate_size,
    numHiddenLayers: text.num_hidden_layers,
    numAttentionHeads: text.num_attention_heads,
    vocabSize: text.vocab_size,
    maxPositionEmbeddings: text.max_position_embeddings,
    projectionDim,
    eosTokenId: text.eos_token_id ?? 49407,
    layerNormEps: text.layer_norm_eps,
    hiddenAct: activation(text.hidden_act, file),
  };
}

function visionConfig(json: unknown, file: string, projectionDim: number): ClipVisionSpec {
  const vision = checkConfig(visionSchema, json, file);
  requireDivisible(
    file,
    'hidden_size',
    vision.hidden_size,
    'num_attention_heads',
    vision.num_attention_heads,
  );
  return {
    hiddenSize: vision.hidden_size,
    intermediateSize: vision.intermediate_size,
    numHiddenLayers: vision.num_hidden_layers,
    numAttentionHeads: vision.num_attention_heads,
    imageSize: side(vision.image_size, 'image_size', file),
    patchSize: side(vision.patch_size, 'patch_size', file),
    numChannels: vision.num_channels,
    projectionDim,
    layerNormEps: vision.layer_norm_eps,
    hiddenAct: activation(vision.hidden_act, file),
  };
}

/** The projection of a tower that stands alone: only the "WithProjection" classes have one. */
function towerProjection(json: unknown, architectures: readonly string[], file: string): number {
  if (!architectures.some((name) => name.endsWith('WithProjection'))) return 0;
  const {projection_dim: size} = checkConfig(headSchema, json, file);
  return size ?? DEFAULT_PROJECTION;
}

/**
 * A transformers config.json of CLIPModel, or of one of its towers (CLIPTextModel, CLIPVisionModel, and the same
 * WithProjection). The whole model's projection_dim overrides the towers', as in transformers.
 *
 * @param file the name that error messages give
 * @throws SynoodError ERR_MODEL_FORMAT naming file, key and what is supported
 */
export function parseClipConfig(json: unknown, file = 'config.json'): ClipConfig {
  const head = checkConfig(headSchema, json, file);
  const architectures = head.architectures ?? [];
  const logitScaleInit = head.logit_scale_init_value ?? DEFAULT_LOGIT_SCALE;
  switch (head.model_type) {
    case 'clip_text_model':
      return {text: textConfig(json, file, towerProjection(json, architectures, file)), logitScaleInit};
    case 'clip_vision_model':
      return {vision: visionConfig(json, file, towerProjection(json, architectures, file)), logitScaleInit};
    case 'clip':
      break;
    default:
      throw unsupported(file, 'model_type', head.model_type, [
        'clip',
        'clip_text_model',
        'clip_vision_model',
      ]);
  }
  const projectionDim = head.projection_dim ?? DEFAULT_PROJECTION;
  // Old files state a tower twice; transformers then takes the *_config_dict, its defaults included.
  const text = head.text_config_dict ?? head.text_config ?? {};
  const vision = head.vision_config_dict ?? head.vision_config ?? {};
  // A tower that was saved out of a whole model can keep the whole model's configuration.
  const has = (name: string) => architectures.some((architecture) => architecture.startsWith(name));
  const projected = architectures.some((name) => name.endsWith('WithProjection'));
  if (has('CLIPTextModel')) {
    return {text: textConfig(text, `${file} (text_config)`, projected ? projectionDim : 0), logitScaleInit};
  }
  if (has('CLIPVisionModel')) {
    return {
      vision: visionConfig(vision, `${file} (vision_config)`, projected ? projectionDim : 0),
      logitScaleInit,
    };
  }
  return {
    text: textConfig(text, `${file} (text_config)`, projectionDim),
    vision: visionConfig(vision, `${file} (vision_config)`, projectionDim),
    logitScaleInit,
  };
}

/** Reads the config.json of a CLIP folder. @throws SynoodError ERR_MODEL_FORMAT or ERR_IO naming the file */
export async function readClipConfig(folder: string): Promise<ClipConfig> {
  const {json, file} = await readConfig(folder, 'config.json');
  return parseClipConfig(json, file);
}

/** The tower that a caller needs. @throws SynoodError ERR_MODEL_FORMAT if the folder has the other one only */
export function requireTower<K extends 'text' | 'vision'>(
  config: ClipConfig,
  tower: K,
  folder: string,
): NonNullable<ClipConfig[K]> {
  const found = config[tower];
  if (found) return found;
  throw new SynoodError(
    'ERR_MODEL_FORMAT',
    `${folder}: expected a CLIP model with its ${tower} side; it has none.`,
  );
}
