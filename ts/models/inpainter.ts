import {existsSync} from 'node:fs';
import {join} from 'node:path';
import type {
  FloatTensor,
  InpaintStep,
  NativeInpainter,
  NativeProgress,
  SchedulerSpec,
  Tensor,
} from '../binding/contract.js';
import {SynoodError} from '../binding/errors.js';
import type {EngineCore} from '../engine/engine-core.js';
import {AutoencoderKl} from './autoencoder-kl.js';
import {Clip} from './clip.js';
import {readModelIndex} from './model-index.js';
import {readSchedulerConfig} from './scheduler-config.js';
import {Unet} from './unet.js';

/** One call of the pipeline, N samples of one size. */
export interface InpaintOptions {
  /** (N, 3, H, W) in [-1, 1] */
  image: Tensor;
  /** (N, 1, H, W): 1 where the image is replaced */
  mask: Tensor;
  /** one for all samples, or one each */
  prompt: string | string[];
  negativePrompt?: string | string[];
  /** how far into the noise: 1 replaces the image, small values keep most of it; default 1 */
  strength?: number;
  /** classifier-free guidance; 1 or less turns it off; default 7.5 */
  guidanceScale?: number;
  /** default 50 */
  steps?: number;
  /** DDIM only: share of fresh noise in each step */
  eta?: number;
  scheduler?: SchedulerSpec;
  /** one for all samples (each then draws its own stream of it), or one each */
  seed?: bigint | number | bigint[];
  onStep?: (step: InpaintStep) => void;
  onProgress?: (progress: NativeProgress) => void;
  signal?: AbortSignal;
}

/** The parts of a StableDiffusionInpaintPipeline folder; a 4-channel UNet inpaints by blending latents. */
export class Inpainter {
  private constructor(
    readonly engine: EngineCore,
    readonly unet: Unet,
    readonly vae: AutoencoderKl,
    readonly textEncoder: Clip,
    readonly scheduler: SchedulerSpec,
    private readonly native: NativeInpainter,
  ) {}

  /** From a diffusers folder (model_index.json, unet/, vae/, text_encoder/, tokenizer/, scheduler/). */
  static async load(engine: EngineCore, folder: string): Promise<Inpainter> {
    await readModelIndex(folder);
    const scheduler = await readSchedulerConfig(join(folder, 'scheduler'));
    const textEncoder = await Clip.load(engine, join(folder, 'text_encoder'), {
      tokenizer: existsSync(join(folder, 'tokenizer')) ? join(folder, 'tokenizer') : undefined,
    });
    const vae = await AutoencoderKl.load(engine, join(folder, 'vae'));
    const unet = await Unet.load(engine, join(folder, 'unet'));
    return Inpainter.of(engine, unet, vae, textEncoder, scheduler);
  }

  static async of(
    engine: EngineCore,
    unet: Unet,
    vae: AutoencoderKl,
    textEncoder: Clip,
    scheduler: SchedulerSpec,
  ): Promise<Inpainter> {
    const native = await engine.run((core) =>
      core.createInpainter(unet.native, vae.native, textEncoder.native),
    );
    return new Inpainter(engine, unet, vae, textEncoder, scheduler, native);
  }

  /** @returns (N, 3, H, W) in [0, 1] */
  inpaint(options: InpaintOptions): Promise<FloatTensor> {
    const count = options.image.shape[0] ?? 0;
    const guidanceScale = options.guidanceScale ?? 7.5;
    const request = {
      image: options.image,
      mask: options.mask,
      ids: this.ids(options.prompt, count, 'prompt'),
      negativeIds:
        guidanceScale > 1 ? this.ids(options.negativePrompt ?? '', count, 'negativePrompt') : undefined,
      strength: options.strength ?? 1,
      guidanceScale,
      eta: options.eta ?? 0,
      steps: options.steps ?? 50,
      scheduler: options.scheduler ?? this.scheduler,
      seeds: seedsOf(options.seed ?? 0, count),
    };
    const callbacks = {onStep: options.onStep, onProgress: options.onProgress};
    return this.engine.run(() => this.native.inpaint(request, callbacks), options.signal);
  }

  dispose(): void {
    this.native.dispose();
    for (const model of [this.unet, this.vae, this.textEncoder]) model.dispose();
  }

  [Symbol.dispose](): void {
    this.dispose();
  }

  private ids(prompt: string | string[], count: number, what: string): Tensor<BigInt64Array> {
    const prompts = typeof prompt === 'string' ? Array.from({length: count}, () => prompt) : prompt;
    if (prompts.length !== count) {
      throw new SynoodError(
        'ERR_SHAPE',
        `Expected one ${what} for each of ${count} images, got ${prompts.length}.`,
      );
    }
    return this.textEncoder.tokenize(prompts);
  }
}

function seedsOf(seed: bigint | number | bigint[], count: number): bigint[] {
  if (!Array.isArray(seed)) return Array.from({length: count}, (_, index) => BigInt(seed) + BigInt(index));
  if (seed.length !== count) {
    throw new SynoodError('ERR_SHAPE', `Expected one seed for each of ${count} images, got ${seed.length}.`);
  }
  return seed;
}
