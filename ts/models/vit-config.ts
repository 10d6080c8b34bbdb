import {z} from 'zod';
import type {VitSpec} from '../binding/contract.js';
import {SynoodError} from '../binding/errors.js';
import {anonymousLabels, labelsOf} from './class-labels.js';
import {checkConfig, positiveInteger, requireDivisible, requireSupported} from './config-file.js';

/** ViTForImageClassification of transformers. */
export interface VitConfig extends VitSpec {
  /** The name of each class, in the order of the logits. */
  labels: string[];
}

const schema = z.object({
  hidden_size: positiveInteger.default(768),
  intermediate_size: positiveInteger.default(3072),
  num_hidden_layers: positiveInteger.default(12),
  num_attention_heads: positiveInteger.default(12),
  image_size: positiveInteger.default(224),
  patch_size: positiveInteger.default(16),
  num_channels: positiveInteger.default(3),
  qkv_bias: z.boolean().default(true),
  layer_norm_eps: z.number().positive().default(1e-12),
  hidden_act: z.string().default('gelu'),
  num_labels: positiveInteger.nullish(),
  id2label: z.record(z.string(), z.string()).nullish(),
});

/**
 * The config.json of transformers' ViTForImageClassification.
 *
 * @throws SynoodError ERR_MODEL_FORMAT naming file, key and what is supported
 */
export function parseVitConfig(json: unknown, file = 'config.json'): VitConfig {
  const config = checkConfig(schema, json, file);
  requireSupported(json, file, {model_type: ['vit'], hidden_act: ['gelu', 'quick_gelu', 'silu', 'relu']});
  requireDivisible(
    file,
    'hidden_size',
    config.hidden_size,
    'num_attention_heads',
    config.num_attention_heads,
  );
  if (config.image_size < config.patch_size) {
    throw new SynoodError(
      'ERR_MODEL_FORMAT',
      `${file}: patch_size is ${config.patch_size}, image_size ${config.image_size}; expected patches no larger than the image.`,
    );
  }
  // transformers' default is a classifier of two classes.
  const labels = config.id2label ? labelsOf(config.id2label, file) : anonymousLabels(config.num_labels ?? 2);
  return {
    hiddenSize: config.hidden_size,
    intermediateSize: config.intermediate_size,
    numHiddenLayers: config.num_hidden_layers,
    numAttentionHeads: config.num_attention_heads,
    imageSize: config.image_size,
    patchSize: config.patch_size,
    numChannels: config.num_channels,
    qkvBias: config.qkv_bias,
    layerNormEps: config.layer_norm_eps,
    hiddenAct: config.hidden_act,
    numLabels: labels.length,
    labels,
  };
}
