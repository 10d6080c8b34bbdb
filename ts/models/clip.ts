import type {FloatTensor, NativeClip, Tensor} from '../binding/contract.js';
import {SynoodError} from '../binding/errors.js';
import {decodeImage, type ImageInput} from '../data/image.js';
import {clipPreprocessing, clipPreprocessor, type ClipPreprocessor} from '../data/clip-preprocess.js';
import {mapAhead} from '../data/map-ahead.js';
import type {ImagePreprocessing} from '../data/preprocess.js';
import type {EngineCore} from '../engine/engine-core.js';
import type {ClipConfig} from './clip-config.js';
import {type ClipLayoutOptions, readClipLayout} from './clip-layout.js';
import {type BatchCallOptions, Model, stackRows} from './model.js';
import {weightsFingerprint} from './model-fingerprint.js';
import {byLength} from './text-lengths.js';
import {loadTokenizer, type Tokenizer, type TokenizerManner} from './tokenizer.js';

const isTensor = (value: unknown): value is Tensor =>
  typeof value === 'object' && value !== null && 'shape' in value && 'data' in value;

export interface ClipLoadOptions extends ClipLayoutOptions {
  tokenizer?: string;
  manner?: TokenizerManner;
}

/** What goes with the weights. */
export interface ClipParts {
  tokenizer?: Tokenizer;
  /** default: CLIP's own for the vision tower's size */
  preprocessing?: ImagePreprocessing;
}

/** Images that the model takes at once, unless told otherwise. */
const DEFAULT_BATCH = 32;

/** Images that are decoded at once, beside the model. */
const DECODED_AHEAD = 4;

/** Batches of images whose features are asked for at once: the model never waits for the next. */
const BATCHES_AHEAD = 2;

/** CLIP: a folder of transformers, OpenCLIP or OpenAI with configuration, safetensors, a tokenizer and a preprocessor. */
export class Clip extends Model<NativeClip> {
  #fingerprint: Promise<string> | undefined;
  #preprocess: ClipPreprocessor | undefined;

  private constructor(
    engine: EngineCore,
    native: NativeClip,
    readonly config: ClipConfig,
    private readonly parts: ClipParts,
    private readonly files: readonly {path: string}[],
  ) {
    super(engine, native, 'CLIP model');
  }

  /**
   * Loads a model in any of its layouts; see readClipLayout.
   *
   * @param options.tokenizer  the tokenizer's folder, where it is not the model's own (diffusers)
   * @param options.manner     how text is cleaned; default: as the layout's own library does
   * @throws SynoodError ERR_MODEL_FORMAT naming file and key, ERR_IO
   */
  static async load(engine: EngineCore, folder: string, options: ClipLoadOptions = {}): Promise<Clip> {
    const {config, files, preprocessing, manner} = await readClipLayout(folder, options);
    const parts = {
      preprocessing,
      tokenizer: config.text
        ? await loadTokenizer(options.tokenizer ?? folder, {
            manner: options.manner ?? manner,
            maxLength: manner === 'openai' ? config.text.maxPositionEmbeddings : undefined,
          })
        : undefined,
    };
    const native = await engine.run((core) => core.loadClip(config, {files}));
    return new Clip(engine, native, config, parts, files);
  }

  /** Fresh parameters drawn from the seed, for training. */
  static async create(
    engine: EngineCore,
    config: ClipConfig,
    seed: number | bigint,
    parts: ClipParts = {},
  ): Promise<Clip> {
    const native = await engine.run((core) => core.loadClip(config, {files: [], seed}));
    return new Clip(engine, native, config, parts, []);
  }

  get tokenizer(): Tokenizer {
    if (!this.parts.tokenizer) throw new SynoodError('ERR_CONFIG', 'This CLIP model has no text tower.');
    return this.parts.tokenizer;
  }

  /** How an image becomes the vision tower's input. */
  get preprocessing(): ImagePreprocessing {
    const {vision} = this.config;
    if (!vision) throw new SynoodError('ERR_CONFIG', 'This CLIP model has no vision tower.');
    return this.parts.preprocessing ?? clipPreprocessing(vision.imageSize);
  }

  /** Decoded pixels -> the vision tower's input. */
  get preprocess(): ClipPreprocessor {
    return (this.#preprocess ??= clipPreprocessor(this.preprocessing));
  }

  /**
   * SHA-256, in hexadecimal, of the configuration and of every byte of the weights: what tells its features from another model's.
   *
   * @throws SynoodError ERR_VALUE if the model was not loaded from files
   */
  fingerprint(): Promise<string> {
    if (this.files.length === 0) {
      throw new SynoodError(
        'ERR_VALUE',
        'This CLIP model has no files that tell it apart. Save it, and load that.',
      );
    }
    return (this.#fingerprint ??= weightsFingerprint(this.config, this.files));
  }

  /**
   * Encodes images; paths and Buffers are decoded beside the model, a few batches ahead of it at most. For folders of any size,
   * for images that may be damaged, and for features that are kept on disk see `encodeImages` of ts/features.
   *
   * @param images  paths, Buffers, raw pixels; or a tensor (N, 3, S, S) that is preprocessed already
   * @returns (N, D): the projection's output, not normalised
   * @throws SynoodError ERR_IMAGE naming the image that cannot be read
   */
  async encodeImages(
    images: readonly ImageInput[] | Tensor,
    options: BatchCallOptions = {},
  ): Promise<FloatTensor> {
    if (isTensor(images)) return this.encodePixels(images, options);
    const {batchSize = DEFAULT_BATCH, signal, onProgress} = options;
    const total = images.length;
    const batches = mapAhead(this.pixelBatches(images, batchSize), BATCHES_AHEAD, (pixels) =>
      this.encodePixels(pixels, {batchSize, signal}),
    );
    let result: FloatTensor | undefined;
    let done = 0;
    for await (const {data, shape} of batches) {
      result ??= {data: new Float32Array(total * shape[1]!), shape: [total, shape[1]!]};
      result.data.set(data, done * shape[1]!);
      done += shape[0]!;
      onProgress?.({stage: 'encode_images', done, total, value: NaN});
    }
    return result ?? this.encodePixels({data: new Float32Array(), shape: [0]}, options);
  }

  /**
   * Encodes texts. Short ones are computed at a shorter length: attention looks back only, so what comes after the end of a
   * text does not matter. A text's length alone decides, so its bits do not depend on the texts beside it.
   *
   * @param texts  strings, or ids (N, L), which are taken as they are
   * @returns (N, D): the projection's output, not normalised
   */
  async encodeText(texts: readonly string[] | Tensor, options: BatchCallOptions = {}): Promise<FloatTensor> {
    if (isTensor(texts)) return this.encodeIds(texts, options);
    const all = this.tokenizer.encode([...texts]);
    const width = this.config.text!.projectionDim || this.config.text!.hiddenSize;
    const result = {data: new Float32Array(texts.length * width), shape: [texts.length, width]};
    let before = 0;
    for (const {ids, rows} of byLength(all)) {
      const onProgress = ({done}: {done: number}) =>
        options.onProgress?.({stage: 'encode_text', done: before + done, total: texts.length, value: NaN});
      const {data} = await this.encodeIds(ids, {...options, onProgress});
      rows.forEach((row, at) => result.data.set(data.subarray(at * width, (at + 1) * width), row * width));
      before += rows.length;
    }
    return result;
  }

  /** (N, L, hidden): the last hidden states after the final norm, as a diffusion model's conditioning. */
  textHiddenStates(texts: readonly string[] | Tensor, signal?: AbortSignal): Promise<FloatTensor> {
    const ids = isTensor(texts) ? texts : this.tokenize(texts);
    return this.run((native) => native.textHiddenStates(ids), signal);
  }

  /** The same one layer earlier, without the norm, as Stable Diffusion XL is conditioned. */
  textPenultimateStates(texts: readonly string[] | Tensor, signal?: AbortSignal): Promise<FloatTensor> {
    const ids = isTensor(texts) ? texts : this.tokenize(texts);
    return this.run((native) => native.textPenultimateStates(ids), signal);
  }

  /** exp of the stored parameter; logits are this times the cosine */
  logitScale(): Promise<number> {
    return this.run((native) => native.logitScale());
  }

  tokenize(texts: readonly string[]): Tensor<BigInt64Array> {
    const {ids, shape} = this.tokenizer.encode([...texts]);
    return {data: ids, shape};
  }

  private encodeIds(ids: Tensor, options: BatchCallOptions): Promise<FloatTensor> {
    return this.runRows((native, rows) => native.encodeText(ids, rows), options, 64);
  }

  private encodePixels(pixels: Tensor, options: BatchCallOptions): Promise<FloatTensor> {
    return this.runRows((native, rows) => native.encodeImages(pixels, rows), options, DEFAULT_BATCH);
  }

  private async *pixelBatches(
    images: readonly ImageInput[],
    batchSize: number,
  ): AsyncGenerator<FloatTensor, void, undefined> {
    let batch: FloatTensor[] = [];
    const ready = mapAhead(images, DECODED_AHEAD, async (image) =>
      this.preprocess([await decodeImage(image)]),
    );
    for await (const pixels of ready) {
      if (batch.push(pixels) < batchSize) continue;
      yield stackRows(batch);
      batch = [];
    }
    if (batch.length > 0) yield stackRows(batch);
  }
}
