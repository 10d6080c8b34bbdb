import {z} from 'zod';
import type {UnetSpec} from '../binding/contract.js';
import {SynoodError} from '../binding/errors.js';
import {
  checkConfig,
  positiveInteger,
  readConfig,
  requireDivisible,
  requireSupported,
  unsupported,
} from './config-file.js';

/** UNet2DConditionModel of diffusers, as far as it is computed here. Lists have one item for each block. */
export type UnetConfig = UnetSpec;

const DOWN_BLOCKS = ['CrossAttnDownBlock2D', 'DownBlock2D'];
const UP_BLOCKS = ['CrossAttnUpBlock2D', 'UpBlock2D'];

// What each option may be. The first value is diffusers' default.
const SUPPORTED = {
  _class_name: ['UNet2DConditionModel'],
  act_fn: ['silu', 'swish'],
  addition_embed_type: [null, 'text_time'],
  attention_type: ['default'],
  center_input_sample: [false],
  class_embed_type: [null],
  conv_in_kernel: [3],
  conv_out_kernel: [3],
  cross_attention_norm: [null],
  downsample_padding: [1],
  dual_cross_attention: [false],
  encoder_hid_dim: [null],
  encoder_hid_dim_type: [null],
  mid_block_only_cross_attention: [null, false],
  mid_block_scale_factor: [1],
  mid_block_type: ['UNetMidBlock2DCrossAttn'],
  num_class_embeds: [null],
  only_cross_attention: [false],
  resnet_out_scale_factor: [1],
  resnet_skip_time_act: [false],
  resnet_time_scale_shift: ['default'],
  reverse_transformer_layers_per_block: [null],
  time_embedding_act_fn: [null],
  time_embedding_dim: [null],
  time_embedding_type: ['positional'],
  timestep_post_act: [null],
} as const;

const perBlock = z.union([positiveInteger, z.array(positiveInteger).min(1)]);

const schema = z.object({
  in_channels: positiveInteger.default(4),
  out_channels: positiveInteger.default(4),
  sample_size: z.union([positiveInteger, z.tuple([positiveInteger, positiveInteger])]).nullish(),
  block_out_channels: z.array(positiveInteger).min(1).default([320, 640, 1280, 1280]),
  down_block_types: z
    .array(z.string())
    .default(['CrossAttnDownBlock2D', 'CrossAttnDownBlock2D', 'CrossAttnDownBlock2D', 'DownBlock2D']),
  up_block_types: z
    .array(z.string())
    .default(['UpBlock2D', 'CrossAttnUpBlock2D', 'CrossAttnUpBlock2D', 'CrossAttnUpBlock2D']),
  layers_per_block: perBlock.default(2),
  attention_head_dim: perBlock.default(8),
  num_attention_heads: perBlock.nullish(),
  transformer_layers_per_block: perBlock.default(1),
  cross_attention_dim: perBlock.default(1280),
  norm_num_groups: positiveInteger.default(32),
  norm_eps: z.number().positive().default(1e-5),
  use_linear_projection: z.boolean().default(false),
  flip_sin_to_cos: z.boolean().default(true),
  freq_shift: z.number().default(0),
  addition_embed_type: z.literal('text_time').nullish(),
  addition_time_embed_dim: positiveInteger.nullish(),
  projection_class_embeddings_input_dim: positiveInteger.nullish(),
  time_cond_proj_dim: positiveInteger.nullish(),
});

function list(value: number | number[], blocks: number, key: string, file: string): number[] {
  if (typeof value === 'number') return Array<number>(blocks).fill(value);
  if (value.length !== blocks) {
    throw new SynoodError(
      'ERR_MODEL_FORMAT',
      `${file}: ${key} has ${value.length} items; expected one for each of the ${blocks} blocks.`,
    );
  }
  return value;
}

function uniform(value: number | number[], key: string, file: string): number {
  if (typeof value === 'number') return value;
  if (value.some((item) => item !== value[0]))
    throw unsupported(file, key, value, ['one number for all blocks']);
  return value[0]!;
}

function blockTypes(
  types: string[],
  supported: string[],
  blocks: number,
  key: string,
  file: string,
): string[] {
  if (types.length !== blocks) {
    throw new SynoodError(
      'ERR_MODEL_FORMAT',
      `${file}: ${key} has ${types.length} items, block_out_channels ${blocks}; expected as many.`,
    );
  }
  for (const type of types) if (!supported.includes(type)) throw unsupported(file, key, type, supported);
  return types;
}

type Parsed = z.infer<typeof schema>;

/** What Stable Diffusion XL's and distilled models take beside the text; nothing where there is nothing. */
function conditions(config: Parsed, file: string): Partial<UnetConfig> {
  const distilled = config.time_cond_proj_dim ? {timeCondProjDim: config.time_cond_proj_dim} : {};
  if (!config.addition_embed_type) return distilled;
  const {addition_time_embed_dim: size, projection_class_embeddings_input_dim: input} = config;
  if (!size || !input) {
    throw new SynoodError(
      'ERR_MODEL_FORMAT',
      `${file}: addition_embed_type "text_time" needs addition_time_embed_dim and projection_class_embeddings_input_dim.`,
    );
  }
  return {
    ...distilled,
    additionEmbedType: config.addition_embed_type,
    additionTimeEmbedDim: size,
    projectionClassEmbeddingsInputDim: input,
  };
}

/**
 * The config.json of a UNet2DConditionModel.
 *
 * @throws SynoodError ERR_MODEL_FORMAT naming file, key and what is supported
 */
export function parseUnetConfig(json: unknown, file = 'config.json'): UnetConfig {
  const config = checkConfig(schema, json, file);
  requireSupported(json, file, SUPPORTED);
  const blocks = config.block_out_channels.length;
  const numAttentionHeads = list(
    config.num_attention_heads ?? config.attention_head_dim,
    blocks,
    'attention_head_dim',
    file,
  );
  const downBlockTypes = blockTypes(config.down_block_types, DOWN_BLOCKS, blocks, 'down_block_types', file);
  const upBlockTypes = blockTypes(config.up_block_types, UP_BLOCKS, blocks, 'up_block_types', file);
  config.block_out_channels.forEach((channels, block) => {
    requireDivisible(file, 'block_out_channels', channels, 'norm_num_groups', config.norm_num_groups);
    const attends = downBlockTypes[block] === 'CrossAttnDownBlock2D' || block === blocks - 1;
    if (attends) requireDivisible(file, 'block_out_channels', channels, 'heads', numAttentionHeads[block]!);
  });
  const size = config.sample_size ?? 64;
  if (typeof size !== 'number' && size[0] !== size[1])
    throw unsupported(file, 'sample_size', size, ['a square']);
  return {
    inChannels: config.in_channels,
    outChannels: config.out_channels,
    sampleSize: typeof size === 'number' ? size : size[0],
    blockOutChannels: config.block_out_channels,
    downBlockTypes,
    upBlockTypes,
    layersPerBlock: uniform(config.layers_per_block, 'layers_per_block', file),
    numAttentionHeads,
    transformerLayersPerBlock: list(
      config.transformer_layers_per_block,
      blocks,
      'transformer_layers_per_block',
      file,
    ),
    crossAttentionDim: uniform(config.cross_attention_dim, 'cross_attention_dim', file),
    normNumGroups: config.norm_num_groups,
    normEps: config.norm_eps,
    useLinearProjection: config.use_linear_projection,
    flipSinToCos: config.flip_sin_to_cos,
    freqShift: config.freq_shift,
    ...conditions(config, file),
  };
}

/** Reads the config.json of a UNet folder. @throws SynoodError ERR_MODEL_FORMAT or ERR_IO naming the file */
export async function readUnetConfig(folder: string): Promise<UnetConfig> {
  const {json, file} = await readConfig(folder, 'config.json');
  return parseUnetConfig(json, file);
}
