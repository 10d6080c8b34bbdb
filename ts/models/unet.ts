import type {FloatTensor, NativeUnet, Tensor, UnetConditions} from '../binding/contract.js';
import type {EngineCore} from '../engine/engine-core.js';
import {Model} from './model.js';
import {readUnetConfig, type UnetConfig} from './unet-config.js';
import {resolveWeights, type ResolveWeightsOptions} from './weights/weight-files.js';

/** diffusers' UNet2DConditionModel, with 4 input channels or 9 (inpainting). */
export class Unet extends Model<NativeUnet> {
  private constructor(
    engine: EngineCore,
    native: NativeUnet,
    readonly config: UnetConfig,
  ) {
    super(engine, native, 'UNet');
  }

  /** From a folder with config.json and diffusion_pytorch_model.safetensors. */
  static async load(engine: EngineCore, folder: string, options: ResolveWeightsOptions = {}): Promise<Unet> {
    const config = await readUnetConfig(folder);
    const files = await resolveWeights(folder, 'diffusion_pytorch_model', options);
    return new Unet(engine, await engine.run((native) => native.loadUnet(config, {files})), config);
  }

  /** Fresh parameters drawn from the seed, for training. */
  static async create(engine: EngineCore, config: UnetConfig, seed: number | bigint): Promise<Unet> {
    const native = await engine.run((core) => core.loadUnet(config, {files: [], seed}));
    return new Unet(engine, native, config);
  }

  /**
   * sample (N, C, h, w), timesteps (N), context (N, L, crossAttentionDim) -> (N, outChannels, h, w)
   *
   * @param conditions  what Stable Diffusion XL's and distilled models need beside the text
   */
  predict(
    sample: Tensor,
    timesteps: Tensor,
    context: Tensor,
    signal?: AbortSignal,
    conditions?: UnetConditions,
  ): Promise<FloatTensor> {
    return this.run((native) => native.predict(sample, timesteps, context, conditions), signal);
  }
}
