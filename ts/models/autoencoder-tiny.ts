import type {FloatTensor, NativeAutoencoderKl, Tensor} from '../binding/contract.js';
import type {EngineCore} from '../engine/engine-core.js';
import {type AutoencoderTinyConfig, readAutoencoderTinyConfig} from './autoencoder-tiny-config.js';
import {type BatchCallOptions, Model} from './model.js';
import {resolveWeights, type ResolveWeightsOptions} from './weights/weight-files.js';

/** diffusers' AutoencoderTiny: a cheap decoder of latents, for previews or in an autoencoder's place. */
export class AutoencoderTiny extends Model<NativeAutoencoderKl> {
  private constructor(
    engine: EngineCore,
    native: NativeAutoencoderKl,
    readonly config: AutoencoderTinyConfig,
  ) {
    super(engine, native, 'autoencoder');
  }

  /** From a folder with config.json and diffusion_pytorch_model.safetensors. */
  static async load(
    engine: EngineCore,
    folder: string,
    options: ResolveWeightsOptions = {},
  ): Promise<AutoencoderTiny> {
    const config = await readAutoencoderTinyConfig(folder);
    const files = await resolveWeights(folder, 'diffusion_pytorch_model', options);
    const native = await engine.run((core) => core.loadAutoencoderTiny(config, {files}));
    return new AutoencoderTiny(engine, native, config);
  }

  /** Pixels of an image per latent, along each side. */
  get scaleFactor(): number {
    return 2 ** (this.config.decoderBlockOutChannels.length - 1);
  }

  /** pixels (N, 3, H, W) in [-1, 1] -> latents (N, latent, h, w), unscaled; there is no posterior */
  encode(pixels: Tensor, options: BatchCallOptions = {}): Promise<FloatTensor> {
    return this.runRows((native, rows) => native.encode(pixels, rows), options, 4);
  }

  /** unscaled latents (N, latent, h, w) -> pixels (N, 3, H, W) about [-1, 1] */
  decode(latents: Tensor, options: BatchCallOptions = {}): Promise<FloatTensor> {
    return this.runRows((native, rows) => native.decode(latents, rows), options, 4);
  }
}
