import type {FloatTensor, NativeAutoencoderKl, Tensor} from '../binding/contract.js';
import type {EngineCore} from '../engine/engine-core.js';
import {type AutoencoderKlConfig, readAutoencoderKlConfig, vaeScaleFactor} from './autoencoder-kl-config.js';
import {type BatchCallOptions, Model} from './model.js';
import {resolveWeights, type ResolveWeightsOptions} from './weights/weight-files.js';

export interface AutoencoderKlLoadOptions extends ResolveWeightsOptions {
  /** false: in the engine's own type even where the configuration says force_upcast (it matters in float16 only) */
  upcast?: boolean;
}

/** diffusers' AutoencoderKL. */
export class AutoencoderKl extends Model<NativeAutoencoderKl> {
  private constructor(
    engine: EngineCore,
    native: NativeAutoencoderKl,
    readonly config: AutoencoderKlConfig,
  ) {
    super(engine, native, 'autoencoder');
  }

  /** From a folder with config.json and diffusion_pytorch_model.safetensors. */
  static async load(
    engine: EngineCore,
    folder: string,
    options: AutoencoderKlLoadOptions = {},
  ): Promise<AutoencoderKl> {
    const read = await readAutoencoderKlConfig(folder);
    const config = {...read, forceUpcast: read.forceUpcast && options.upcast !== false};
    const files = await resolveWeights(folder, 'diffusion_pytorch_model', options);
    return new AutoencoderKl(
      engine,
      await engine.run((native) => native.loadAutoencoderKl(config, {files})),
      config,
    );
  }

  /** Fresh parameters drawn from the seed, for training. */
  static async create(
    engine: EngineCore,
    config: AutoencoderKlConfig,
    seed: number | bigint,
  ): Promise<AutoencoderKl> {
    const native = await engine.run((core) => core.loadAutoencoderKl(config, {files: [], seed}));
    return new AutoencoderKl(engine, native, config);
  }

  /** Pixels of an image per latent, along each side. */
  get scaleFactor(): number {
    return vaeScaleFactor(this.config);
  }

  /** pixels (N, 3, H, W) in [-1, 1] -> (N, 2*latent, h, w): mean and log-variance, unscaled */
  encode(pixels: Tensor, options: BatchCallOptions = {}): Promise<FloatTensor> {
    return this.runRows((native, rows) => native.encode(pixels, rows), options, 4);
  }

  /** unscaled latents (N, latent, h, w) -> pixels (N, 3, H, W) about [-1, 1] */
  decode(latents: Tensor, options: BatchCallOptions = {}): Promise<FloatTensor> {
    return this.runRows((native, rows) => native.decode(latents, rows), options, 4);
  }
}
