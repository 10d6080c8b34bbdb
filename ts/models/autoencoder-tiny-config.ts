import {z} from 'zod';
import type {AutoencoderTinySpec} from '../binding/contract.js';
import {SynoodError} from '../binding/errors.js';
import {checkConfig, positiveInteger, readConfig, requireSupported, unsupported} from './config-file.js';

/** AutoencoderTiny of diffusers (TAESD). Latents in the diffusion model are z * scalingFactor. */
export type AutoencoderTinyConfig = AutoencoderTinySpec & {shiftFactor: 0};

const stages = z.array(positiveInteger).min(1);

const schema = z.object({
  in_channels: positiveInteger.default(3),
  out_channels: positiveInteger.default(3),
  latent_channels: positiveInteger.default(4),
  encoder_block_out_channels: stages.default([64, 64, 64, 64]),
  decoder_block_out_channels: stages.default([64, 64, 64, 64]),
  num_encoder_blocks: z.array(z.number().int().nonnegative()).min(1).default([1, 3, 3, 3]),
  num_decoder_blocks: z.array(z.number().int().nonnegative()).min(1).default([3, 3, 3, 1]),
  act_fn: z.string().default('relu'),
  scaling_factor: z.number().positive().default(1),
});

const ACTIVATIONS = ['relu', 'silu', 'swish', 'gelu'];
const SUPPORTED = {
  _class_name: ['AutoencoderTiny'],
  upsample_fn: ['nearest'],
  upsampling_scaling_factor: [2],
  shift_factor: [0],
} as const;

/**
 * The config.json of an AutoencoderTiny.
 *
 * @throws SynoodError ERR_MODEL_FORMAT naming file, key and what is supported
 */
export function parseAutoencoderTinyConfig(json: unknown, file = 'config.json'): AutoencoderTinyConfig {
  const config = checkConfig(schema, json, file);
  requireSupported(json, file, SUPPORTED);
  if (!ACTIVATIONS.includes(config.act_fn)) throw unsupported(file, 'act_fn', config.act_fn, ACTIVATIONS);
  const lists = {
    encoder_block_out_channels: config.encoder_block_out_channels,
    decoder_block_out_channels: config.decoder_block_out_channels,
    num_encoder_blocks: config.num_encoder_blocks,
    num_decoder_blocks: config.num_decoder_blocks,
  };
  const count = config.num_decoder_blocks.length;
  for (const [key, list] of Object.entries(lists)) {
    if (list.length !== count) {
      throw new SynoodError(
        'ERR_MODEL_FORMAT',
        `${file}: ${key} has ${list.length} items, num_decoder_blocks ${count}; expected as many.`,
      );
    }
    if (key.endsWith('channels') && list.some((channels) => channels !== list[0])) {
      throw unsupported(file, key, list, ['one number for all stages']);
    }
  }
  return {
    inChannels: config.in_channels,
    outChannels: config.out_channels,
    latentChannels: config.latent_channels,
    encoderBlockOutChannels: config.encoder_block_out_channels,
    decoderBlockOutChannels: config.decoder_block_out_channels,
    numEncoderBlocks: config.num_encoder_blocks,
    numDecoderBlocks: config.num_decoder_blocks,
    actFn: config.act_fn,
    scalingFactor: config.scaling_factor,
    shiftFactor: 0,
  };
}

/** Reads the config.json of an autoencoder folder. @throws SynoodError ERR_MODEL_FORMAT or ERR_IO */
export async function readAutoencoderTinyConfig(folder: string): Promise<AutoencoderTinyConfig> {
  const {json, file} = await readConfig(folder, 'config.json');
  return parseAutoencoderTinyConfig(json, file);
}
