import {join} from 'node:path';
import type {FloatTensor, NativeInpainter, SchedulerSpec} from '../binding/contract.js';
import type {EngineCore} from '../engine/engine-core.js';
import {type Autoencoder, loadAutoencoder} from './autoencoder.js';
import {Clip} from './clip.js';
import type {InpaintOptions} from './inpaint-options.js';
import {inpaintRequest} from './inpaint-request.js';
import {type PipelineFamily, readModelIndex} from './model-index.js';
import {readSchedulerConfig} from './scheduler-config.js';
import {Unet} from './unet.js';

export type {InpaintOptions, PictureSize, PromptEmbeds, SizeConditioning} from './inpaint-options.js';

export interface InpainterLoadOptions {
  /** `fp16` takes the *.fp16.safetensors of every part; without it the plain files come first */
  variant?: string;
  /** another autoencoder's folder in place of vae/ (an AutoencoderTiny, or one that half precision suits) */
  vae?: string;
}

/** What Stable Diffusion XL has more than the others. */
export interface InpainterExtras {
  textEncoder2?: Clip;
  /** default true, as in diffusers */
  forceZerosForEmptyPrompt?: boolean;
}

/**
 * The parts of an inpainting pipeline's folder: Stable Diffusion 1, 2 or XL. A UNet with 9 input channels takes mask
 * and masked image; one with 4 inpaints by blending latents.
 */
export class Inpainter {
  private constructor(
    readonly engine: EngineCore,
    readonly unet: Unet,
    readonly vae: Autoencoder,
    readonly textEncoder: Clip,
    readonly scheduler: SchedulerSpec,
    private readonly native: NativeInpainter,
    readonly family: PipelineFamily,
    readonly textEncoder2: Clip | undefined,
    readonly forceZerosForEmptyPrompt: boolean,
  ) {}

  /**
   * From a diffusers folder: model_index.json says what it is, its parts lie in folders of their names.
   *
   * @throws SynoodError ERR_MODEL_FORMAT naming file and key, and what is supported; ERR_IO
   */
  static async load(
    engine: EngineCore,
    folder: string,
    options: InpainterLoadOptions = {},
  ): Promise<Inpainter> {
    const {family, forceZerosForEmptyPrompt} = await readModelIndex(folder);
    const weights = {variant: options.variant};
    const clip = (part: string, tokenizer: string) =>
      Clip.load(engine, join(folder, part), {
        ...weights,
        tokenizer: join(folder, tokenizer),
      });
    const scheduler = await readSchedulerConfig(join(folder, 'scheduler'));
    const textEncoder = await clip('text_encoder', 'tokenizer');
    const textEncoder2 = family === 'sdxl' ? await clip('text_encoder_2', 'tokenizer_2') : undefined;
    // diffusers minds force_upcast in Stable Diffusion XL's pipelines alone.
    const vae = options.vae
      ? await loadAutoencoder(engine, options.vae)
      : await loadAutoencoder(engine, join(folder, 'vae'), {...weights, upcast: family === 'sdxl'});
    const unet = await Unet.load(engine, join(folder, 'unet'), weights);
    return Inpainter.of(engine, unet, vae, textEncoder, scheduler, {textEncoder2, forceZerosForEmptyPrompt});
  }

  static async of(
    engine: EngineCore,
    unet: Unet,
    vae: Autoencoder,
    textEncoder: Clip,
    scheduler: SchedulerSpec,
    {textEncoder2, forceZerosForEmptyPrompt = true}: InpainterExtras = {},
  ): Promise<Inpainter> {
    const native = await engine.run((core) =>
      core.createInpainter(unet.native, vae.native, textEncoder.native, textEncoder2?.native),
    );
    const family = textEncoder2 ? 'sdxl' : 'sd';
    return new Inpainter(
      engine,
      unet,
      vae,
      textEncoder,
      scheduler,
      native,
      family,
      textEncoder2,
      forceZerosForEmptyPrompt,
    );
  }

  /**
   * @returns (N, 3, H, W) in [0, 1]
   * @throws SynoodError ERR_SHAPE, ERR_VALUE, ERR_IMAGE (numbers that are not finite), ERR_CONFIG, ERR_ABORTED
   */
  inpaint(options: InpaintOptions): Promise<FloatTensor> {
    const {onStep, onProgress, signal} = options;
    return this.engine.run(
      () => this.native.inpaint(inpaintRequest(this, options), {onStep, onProgress}),
      signal,
    );
  }

  dispose(): void {
    this.native.dispose();
    for (const model of [this.unet, this.vae, this.textEncoder, this.textEncoder2]) model?.dispose();
  }

  [Symbol.dispose](): void {
    this.dispose();
  }
}
