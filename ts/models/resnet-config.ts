import {join} from 'node:path';
import {z} from 'zod';
import type {ResnetSpec} from '../binding/contract.js';
import {SynoodError} from '../binding/errors.js';
import {anonymousLabels, labelsOf} from './class-labels.js';
import {checkConfig, positiveInteger, readConfig, requireSupported} from './config-file.js';
import {inferResnetConfig} from './resnet-from-weights.js';
import {resolveWeights} from './weights/weight-files.js';

/** ResNetForImageClassification of transformers. */
export interface ResnetConfig extends ResnetSpec {
  /** The name of each class, in the order of the logits. */
  labels: string[];
}

const schema = z.object({
  num_channels: positiveInteger.default(3),
  embedding_size: positiveInteger.default(64),
  hidden_sizes: z.array(positiveInteger).min(1).default([256, 512, 1024, 2048]),
  depths: z.array(positiveInteger).min(1).default([3, 4, 6, 3]),
  layer_type: z.enum(['basic', 'bottleneck']).default('bottleneck'),
  downsample_in_first_stage: z.boolean().default(false),
  downsample_in_bottleneck: z.boolean().default(false),
  num_labels: positiveInteger.nullish(),
  id2label: z.record(z.string(), z.string()).nullish(),
});

/**
 * The config.json of transformers' ResNetForImageClassification.
 *
 * @throws SynoodError ERR_MODEL_FORMAT naming file, key and what is supported
 */
export function parseResnetConfig(json: unknown, file = 'config.json'): ResnetConfig {
  const config = checkConfig(schema, json, file);
  requireSupported(json, file, {model_type: ['resnet'], hidden_act: ['relu']});
  if (config.depths.length !== config.hidden_sizes.length) {
    throw new SynoodError(
      'ERR_MODEL_FORMAT',
      `${file}: depths has ${config.depths.length} items, hidden_sizes ${config.hidden_sizes.length}; expected as many.`,
    );
  }
  // transformers' default is a classifier of two classes.
  const labels = config.id2label ? labelsOf(config.id2label, file) : anonymousLabels(config.num_labels ?? 2);
  return {
    numChannels: config.num_channels,
    embeddingSize: config.embedding_size,
    hiddenSizes: config.hidden_sizes,
    depths: config.depths,
    layerType: config.layer_type,
    hiddenAct: 'relu',
    downsampleInFirstStage: config.downsample_in_first_stage,
    downsampleInBottleneck: config.downsample_in_bottleneck,
    numLabels: labels.length,
    labels,
  };
}

const timmSchema = z.looseObject({
  architecture: z.string(),
  label_names: z.array(z.string()).nullish(),
  pretrained_cfg: z.looseObject({label_names: z.array(z.string()).nullish()}).nullish(),
});

/**
 * Reads the configuration of a ResNet folder: transformers' config.json, or timm's, which only names an
 * architecture, so that the sizes are taken from the weights.
 *
 * @throws SynoodError ERR_MODEL_FORMAT or ERR_IO naming the file
 */
export async function readResnetConfig(folder: string): Promise<ResnetConfig> {
  const {json, file} = await readConfig(folder, 'config.json');
  const timm = timmSchema.safeParse(json);
  if (!timm.success) return parseResnetConfig(json, file);
  if (!/^resnet\d+$/.test(timm.data.architecture)) {
    throw new SynoodError(
      'ERR_MODEL_FORMAT',
      `${file}: architecture is "${timm.data.architecture}"; supported: "resnet18", "resnet34", "resnet50", "resnet101", "resnet152".`,
    );
  }
  const entries = (await resolveWeights(folder, 'model')).flatMap((weights) => weights.entries);
  const inferred = inferResnetConfig(entries, join(folder, 'model.safetensors'));
  const names = timm.data.label_names ?? timm.data.pretrained_cfg?.label_names;
  if (names && names.length !== inferred.numLabels) {
    throw new SynoodError(
      'ERR_MODEL_FORMAT',
      `${file}: label_names has ${names.length} items, the classifier ${inferred.numLabels} outputs; expected as many.`,
    );
  }
  return {...inferred, labels: names ?? anonymousLabels(inferred.numLabels)};
}
