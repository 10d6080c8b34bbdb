import type {InpaintStep, NativeProgress, SchedulerSpec, Tensor} from '../binding/contract.js';
import type {Autoencoder} from './autoencoder.js';

/** In pixels. */
export interface PictureSize {
  height: number;
  width: number;
}

/** What Stable Diffusion XL is told of the picture; by default that it is whole and of the size that is made. */
export interface SizeConditioning {
  originalSize?: PictureSize;
  cropTopLeft?: {top: number; left: number};
  targetSize?: PictureSize;
}

/** Prompts as embeddings, in place of texts. */
export interface PromptEmbeds {
  /** (N, L, crossAttentionDim) */
  prompt: Tensor;
  /** needed where guidance is on */
  negativePrompt?: Tensor;
  /** Stable Diffusion XL: (N, P) */
  pooled?: Tensor;
  negativePooled?: Tensor;
}

/** One call of the pipeline, N samples of one size. */
export interface InpaintOptions {
  /** (N, 3, H, W) in [-1, 1] */
  image: Tensor;
  /** (N, 1, H, W): 1 where the image is replaced */
  mask: Tensor;
  /** one for all samples, or one each; not needed with promptEmbeds */
  prompt?: string | string[];
  /** Stable Diffusion XL with force_zeros_for_empty_prompt: undefined stands for zeros; elsewhere for the empty text */
  negativePrompt?: string | (string | undefined)[];
  /** Stable Diffusion XL: the second text encoder's; default: the same */
  prompt2?: string | string[];
  negativePrompt2?: string | (string | undefined)[];
  promptEmbeds?: PromptEmbeds;
  /**
   * how far into the noise: 1 replaces the image, small values keep most of it; default 1, with Stable Diffusion XL
   * 0.9999 (the image's own colours at the first step), as in diffusers
   */
  strength?: number;
  /** classifier-free guidance; 1 or less turns it off; default 7.5 */
  guidanceScale?: number;
  /** default 50 */
  steps?: number;
  /** descending times of one's own in place of `steps` (euler, dpmsolver_multistep, lcm) */
  timesteps?: number[];
  /** DDIM only: share of fresh noise in each step */
  eta?: number;
  /**
   * DeepCache: every so many-th step computes the whole denoiser, the others its outermost blocks alone with the deep
   * features of the last whole one; faster, and another picture. Default 1: off
   */
  cacheInterval?: number;
  scheduler?: SchedulerSpec;
  /** one for all samples (each then draws its own stream of it), or one each */
  seed?: bigint | number | bigint[];
  sizes?: SizeConditioning;
  /** decodes every step's latents for `onStep`: an AutoencoderTiny costs a few percent of the step */
  preview?: Autoencoder;
  onStep?: (step: InpaintStep) => void;
  onProgress?: (progress: NativeProgress) => void;
  signal?: AbortSignal;
}
