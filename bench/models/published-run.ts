import {readFile} from 'node:fs/promises';
import {join} from 'node:path';
import {fileURLToPath} from 'node:url';
import {decoderFlops} from '../flops/autoencoder.js';
import {unetFlops} from '../flops/unet.js';
import type {Workspace} from '../harness/workspace.js';
import {RESNET_50, SMALL_RESNET, UNET, VAE} from './stable-diffusion-2.js';

/** The published run (SynOOD, section 3.2): two images, three iterations of thirteen calls, 10 on a mean loss. */
export const BATCH = 2;
export const ITERATIONS = 3;
export const CALLS = 13;
export const RATE = 10;
export const GUIDANCE = 8;

/** Stable Diffusion 2's architecture at a third of its widths and half its depth. */
const THIRD = {
  unet: {
    ...UNET,
    block_out_channels: [96, 192, 384, 384],
    attention_head_dim: [3, 6, 12, 12],
    layers_per_block: 1,
    cross_attention_dim: 256,
  },
  vae: {...VAE, block_out_channels: [64, 128, 256, 256]},
  text: {
    model_type: 'clip_text_model',
    architectures: ['CLIPTextModel'],
    hidden_size: 256,
    intermediate_size: 1024,
    num_hidden_layers: 6,
    num_attention_heads: 4,
    vocab_size: 1000,
    max_position_embeddings: 77,
    eos_token_id: 999,
  },
};

export interface Models {
  unet: string;
  vae: string;
  textEncoder: string;
  classifier: string;
  scheduler: string;
}

export interface Case {
  models: Models;
  /** of the images, of their latents, and of what the classifier sees */
  side: number;
  latent: number;
  /** of a latent */
  channels: number;
  classifierSide: number;
  /** of a prompt, and the one that ends it */
  tokens: number;
  end: number;
  work: number;
  /** whether the images at the end of three moved iterations are compared as well: see `load` */
  endIsCompared: boolean;
}

const EMOJI = fileURLToPath(new URL('../../../assets/emoji-world/models', import.meta.url));

/** The denoiser's calls, a decoding each iteration, and its gradient where one is needed. */
function workOf(unet: typeof UNET, vae: typeof VAE, latent: number, tokens: number): number {
  const decodings = 2 * (ITERATIONS - 1) + 1;
  return (
    ITERATIONS * CALLS * unetFlops(unet, 2 * BATCH, latent, tokens) +
    decodings * decoderFlops(vae, BATCH, latent)
  );
}

export async function emojiWorld(): Promise<Case> {
  const configOf = async <T>(part: string): Promise<T> =>
    JSON.parse(await readFile(join(EMOJI, 'inpainter', part, 'config.json'), 'utf8')) as T;
  const inpainter = (name: string) => join(EMOJI, 'inpainter', name);
  return {
    models: {
      unet: inpainter('unet'),
      vae: inpainter('vae'),
      textEncoder: inpainter('text_encoder'),
      classifier: join(EMOJI, 'classifier'),
      scheduler: inpainter('scheduler'),
    },
    side: 64,
    latent: 16,
    channels: (await configOf<typeof VAE>('vae')).latent_channels,
    classifierSide: 64,
    tokens: 32,
    end: 1928,
    work: workOf(await configOf('unet'), await configOf('vae'), 16, 32),
    endIsCompared: true,
  };
}

export async function third(workspace: Workspace, quick: boolean): Promise<Case> {
  const side = quick ? 64 : 256;
  return {
    models: {
      unet: await workspace.model('unet', THIRD.unet),
      vae: await workspace.model('autoencoder-kl', THIRD.vae),
      textEncoder: await workspace.model('clip', THIRD.text),
      classifier: await workspace.model('resnet', quick ? SMALL_RESNET : RESNET_50),
      scheduler: join(EMOJI, 'inpainter', 'scheduler'),
    },
    side,
    latent: side / 8,
    channels: VAE.latent_channels,
    classifierSide: quick ? 48 : 224,
    tokens: 77,
    end: 999,
    work: workOf(THIRD.unet, THIRD.vae, side / 8, 77),
    endIsCompared: false,
  };
}
