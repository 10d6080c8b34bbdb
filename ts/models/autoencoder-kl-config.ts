import {z} from 'zod';
import type {AutoencoderKlSpec} from '../binding/contract.js';
import {SynoodError} from '../binding/errors.js';
import {
  checkConfig,
  positiveInteger,
  readConfig,
  requireDivisible,
  requireSupported,
  unsupported,
} from './config-file.js';

/** AutoencoderKL of diffusers. Latents in the diffusion model are (z - shiftFactor) * scalingFactor. */
export type AutoencoderKlConfig = AutoencoderKlSpec;

const schema = z.object({
  in_channels: positiveInteger.default(3),
  out_channels: positiveInteger.default(3),
  latent_channels: positiveInteger.default(4),
  block_out_channels: z.array(positiveInteger).min(1).default([64]),
  down_block_types: z.array(z.string()).nullish(),
  up_block_types: z.array(z.string()).nullish(),
  layers_per_block: positiveInteger.default(1),
  norm_num_groups: positiveInteger.default(32),
  scaling_factor: z.number().positive().nullish(),
  shift_factor: z.number().nullish(),
  latents_mean: z.array(z.number()).nullish(),
  latents_std: z.array(z.number().positive()).nullish(),
  force_upcast: z.boolean().nullish(),
});

const SUPPORTED = {
  _class_name: ['AutoencoderKL'],
  act_fn: ['silu', 'swish'],
  mid_block_add_attention: [true],
  use_post_quant_conv: [true],
  use_quant_conv: [true],
} as const;

function checkBlocks(
  types: string[] | null | undefined,
  only: string,
  blocks: number,
  key: string,
  file: string,
) {
  if (!types) return;
  for (const type of types) if (type !== only) throw unsupported(file, key, type, [only]);
  if (types.length !== blocks) {
    throw new SynoodError(
      'ERR_MODEL_FORMAT',
      `${file}: ${key} has ${types.length} items, block_out_channels ${blocks}; expected as many.`,
    );
  }
}

/**
 * The config.json of an AutoencoderKL. Old files leave scaling_factor out: it is 0.18215 then.
 *
 * @throws SynoodError ERR_MODEL_FORMAT naming file, key and what is supported
 */
export function parseAutoencoderKlConfig(json: unknown, file = 'config.json'): AutoencoderKlConfig {
  const config = checkConfig(schema, json, file);
  requireSupported(json, file, SUPPORTED);
  const blocks = config.block_out_channels.length;
  checkBlocks(config.down_block_types, 'DownEncoderBlock2D', blocks, 'down_block_types', file);
  checkBlocks(config.up_block_types, 'UpDecoderBlock2D', blocks, 'up_block_types', file);
  for (const channels of config.block_out_channels) {
    requireDivisible(file, 'block_out_channels', channels, 'norm_num_groups', config.norm_num_groups);
  }
  const {latents_mean: mean, latents_std: std} = config;
  if (Boolean(mean) !== Boolean(std)) {
    throw new SynoodError('ERR_MODEL_FORMAT', `${file}: latents_mean and latents_std belong together.`);
  }
  for (const [key, values] of Object.entries({latents_mean: mean, latents_std: std})) {
    if (values && values.length !== config.latent_channels) {
      throw new SynoodError(
        'ERR_MODEL_FORMAT',
        `${file}: ${key} has ${values.length} items; expected one for each of ${config.latent_channels} latent channels.`,
      );
    }
  }
  return {
    inChannels: config.in_channels,
    outChannels: config.out_channels,
    latentChannels: config.latent_channels,
    blockOutChannels: config.block_out_channels,
    layersPerBlock: config.layers_per_block,
    normNumGroups: config.norm_num_groups,
    scalingFactor: config.scaling_factor ?? 0.18215,
    shiftFactor: config.shift_factor ?? 0,
    ...(mean && std ? {latentsMean: mean, latentsStd: std} : {}),
    forceUpcast: config.force_upcast ?? true,
  };
}

/** Pixels per latent in each direction: 2^(blocks - 1), 8 for Stable Diffusion. */
export function vaeScaleFactor(config: AutoencoderKlConfig): number {
  return 2 ** (config.blockOutChannels.length - 1);
}

/** Reads the config.json of an autoencoder folder. @throws SynoodError ERR_MODEL_FORMAT or ERR_IO */
export async function readAutoencoderKlConfig(folder: string): Promise<AutoencoderKlConfig> {
  const {json, file} = await readConfig(folder, 'config.json');
  return parseAutoencoderKlConfig(json, file);
}
