import type {FloatTensor, NativeClip, Tensor} from '../binding/contract.js';
import {SynoodError} from '../binding/errors.js';
import {decodeImage, type ImageInput} from '../data/image.js';
import {clipPreprocessor, type ClipPreprocessor} from '../data/clip-preprocess.js';
import type {EngineCore} from '../engine/engine-core.js';
import {type ClipConfig, readClipConfig} from './clip-config.js';
import {type BatchCallOptions, Model} from './model.js';
import {readPreprocessorConfig} from './preprocessor-config.js';
import {loadTokenizer, type Tokenizer} from './tokenizer.js';
import {resolveWeights, type ResolveWeightsOptions} from './weights/weight-files.js';

const isTensor = (value: unknown): value is Tensor =>
  typeof value === 'object' && value !== null && 'shape' in value && 'data' in value;

/** CLIP in the Hugging Face layout: a folder with config.json, model.safetensors, a tokenizer and a preprocessor. */
export class Clip extends Model<NativeClip> {
  private constructor(
    engine: EngineCore,
    native: NativeClip,
    readonly config: ClipConfig,
    private readonly parts: {tokenizer?: Tokenizer; preprocess?: ClipPreprocessor},
  ) {
    super(engine, native, 'CLIP model');
  }

  /** @param options.tokenizer  the tokenizer's folder, where it is not the model's own (diffusers) */
  static async load(
    engine: EngineCore,
    folder: string,
    options: {tokenizer?: string} & ResolveWeightsOptions = {},
  ): Promise<Clip> {
    const config = await readClipConfig(folder);
    const files = await resolveWeights(folder, 'model', options);
    const parts = {
      tokenizer: config.text ? await loadTokenizer(options.tokenizer ?? folder) : undefined,
      preprocess: config.vision ? clipPreprocessor(await readPreprocessorConfig(folder)) : undefined,
    };
    return new Clip(engine, await engine.run((native) => native.loadClip(config, {files})), config, parts);
  }

  /** Fresh parameters drawn from the seed, for training. */
  static async create(
    engine: EngineCore,
    config: ClipConfig,
    seed: number | bigint,
    parts: {tokenizer?: Tokenizer; preprocess?: ClipPreprocessor} = {},
  ): Promise<Clip> {
    const native = await engine.run((core) => core.loadClip(config, {files: [], seed}));
    return new Clip(engine, native, config, parts);
  }

  get tokenizer(): Tokenizer {
    if (!this.parts.tokenizer) throw new SynoodError('ERR_CONFIG', 'This CLIP model has no text tower.');
    return this.parts.tokenizer;
  }

  /** Decoded pixels -> the vision tower's input. */
  get preprocess(): ClipPreprocessor {
    if (!this.parts.preprocess) throw new SynoodError('ERR_CONFIG', 'This CLIP model has no vision tower.');
    return this.parts.preprocess;
  }

  /**
   * @param images  paths, Buffers, raw pixels; or a tensor (N, 3, S, S) that is preprocessed already
   * @returns (N, D): the projection's output, not normalised
   * @throws SynoodError ERR_IMAGE naming the image that cannot be read
   */
  async encodeImages(images: ImageInput[] | Tensor, options: BatchCallOptions = {}): Promise<FloatTensor> {
    const pixels = isTensor(images) ? images : await this.pixelsOf(images);
    return this.runRows((native, rows) => native.encodeImages(pixels, rows), options, 32);
  }

  /**
   * @param texts  strings, or ids (N, L)
   * @returns (N, D): the projection's output, not normalised
   */
  encodeText(texts: string[] | Tensor, options: BatchCallOptions = {}): Promise<FloatTensor> {
    const ids = isTensor(texts) ? texts : this.tokenize(texts);
    return this.runRows((native, rows) => native.encodeText(ids, rows), options, 64);
  }

  /** (N, L, hidden): the last hidden states after the final norm, as a diffusion model's conditioning. */
  textHiddenStates(texts: string[] | Tensor, signal?: AbortSignal): Promise<FloatTensor> {
    const ids = isTensor(texts) ? texts : this.tokenize(texts);
    return this.run((native) => native.textHiddenStates(ids), signal);
  }

  /** The same one layer earlier, without the norm, as Stable Diffusion XL is conditioned. */
  textPenultimateStates(texts: string[] | Tensor, signal?: AbortSignal): Promise<FloatTensor> {
    const ids = isTensor(texts) ? texts : this.tokenize(texts);
    return this.run((native) => native.textPenultimateStates(ids), signal);
  }

  /** exp of the stored parameter; logits are this times the cosine */
  logitScale(): Promise<number> {
    return this.run((native) => native.logitScale());
  }

  tokenize(texts: string[]): Tensor<BigInt64Array> {
    const {ids, shape} = this.tokenizer.encode(texts);
    return {data: ids, shape};
  }

  private async pixelsOf(images: ImageInput[]): Promise<FloatTensor> {
    const decoded = [];
    for (const image of images) decoded.push(await decodeImage(image));
    return this.preprocess(decoded);
  }
}
