/**
 * The one typed contract with synood.node (src/). Whatever crosses the seam has its type here; native/include/synood
 * holds the same structs in snake_case.
 */

import type {
  ClipSpec,
  UnetSpec,
  AutoencoderKlSpec,
  AutoencoderTinySpec,
  ResnetSpec,
  VitSpec,
  SchedulerSpec,
  PixelTransformSpec,
} from './specs.js';
import type {PromptSpec, TrainerOptions, TrainingFigures} from './trainer-options.js';

export type * from './specs.js';
export type * from './trainer-options.js';

/** Numbers in row-major order with their sizes. */
export interface Tensor<T extends TensorData = TensorData> {
  data: T;
  shape: number[];
}
export type TensorData = Float32Array | Float64Array | BigInt64Array | Int32Array | Uint8Array;
/** What the core returns: always float32. */
export type FloatTensor = Tensor<Float32Array>;

export interface NamedTensor {
  name: string;
  tensor: Tensor;
}

export interface NativeProgress {
  stage: string;
  done: number;
  total: number;
  value: number;
}

/** A call under way on the engine's thread. `cancel` makes it reject with ERR_ABORTED at its next check. */
export interface NativeJob<T> {
  promise: Promise<T>;
  cancel(): void;
}

export interface WeightEntry {
  name: string;
  dtype: string;
  shape: number[];
  /** absolute byte offsets in the file */
  begin: number;
  end: number;
}

export interface WeightFile {
  path: string;
  entries: WeightEntry[];
}

/** Files, or, without any, a fresh initialisation from the seed. */
export interface WeightSource {
  files: WeightFile[];
  seed?: number | bigint;
}

export interface BatchOptions {
  batchSize: number;
  /** fill the last batch up, so that a row's bits don't depend on how many came with it; default true */
  pad?: boolean;
  onProgress?: (progress: NativeProgress) => void;
}

export interface NativeModel {
  dispose(): void;
  bytes(): number;
  /** parameters and buffers under their safetensors names */
  state(): NativeJob<NamedTensor[]>;
}

export interface NativeClip extends NativeModel {
  encodeImages(pixels: Tensor, options: BatchOptions): NativeJob<FloatTensor>;
  encodeText(ids: Tensor, options: BatchOptions): NativeJob<FloatTensor>;
  textHiddenStates(ids: Tensor): NativeJob<FloatTensor>;
  /** one layer earlier, without the final norm */
  textPenultimateStates(ids: Tensor): NativeJob<FloatTensor>;
  logitScale(): NativeJob<number>;
}

/** What some UNets take beside the text. */
export interface UnetConditions {
  /** (N, P) pooled text embedding, Stable Diffusion XL */
  textEmbeds?: Tensor;
  /** (N, 6) sizes, the same */
  timeIds?: Tensor;
  /** (N, timeCondProjDim) */
  timestepCond?: Tensor;
}

export interface NativeUnet extends NativeModel {
  predict(
    sample: Tensor,
    timesteps: Tensor,
    context: Tensor,
    conditions?: UnetConditions,
  ): NativeJob<FloatTensor>;
}

export interface NativeAutoencoderKl extends NativeModel {
  encode(pixels: Tensor, options: BatchOptions): NativeJob<FloatTensor>;
  decode(latents: Tensor, options: BatchOptions): NativeJob<FloatTensor>;
}

export interface NativeClassifier extends NativeModel {
  logits(pixels: Tensor, options: BatchOptions): NativeJob<FloatTensor>;
  scoreLogits(pixels: Tensor, transform: PixelTransformSpec, options: BatchOptions): NativeJob<FloatTensor>;
  features(pixels: Tensor, options: BatchOptions): NativeJob<FloatTensor>;
}

/** See native/include/synood/diffusion.h for shapes. */
export interface InpaintRequest {
  image: Tensor;
  mask: Tensor;
  ids?: Tensor;
  promptEmbeds?: Tensor;
  negativeIds?: Tensor;
  negativeEmbeds?: Tensor;
  /** Stable Diffusion XL: the second encoder's ids; or pooled embeddings beside promptEmbeds */
  ids2?: Tensor;
  negativeIds2?: Tensor;
  pooledEmbeds?: Tensor;
  negativePooledEmbeds?: Tensor;
  /** (N, 6): original height, width, crop top, left, target height, width; default: the picture's own */
  timeIds?: Tensor;
  negativeTimeIds?: Tensor;
  /** samples whose negative embeddings are zeros */
  zeroNegative?: number[];
  /** in place of steps */
  timesteps?: number[];
  /** decodes each step's latents for onStep */
  preview?: NativeAutoencoderKl;
  strength: number;
  guidanceScale: number;
  eta?: number;
  cacheInterval?: number;
  steps: number;
  scheduler: SchedulerSpec;
  seeds: bigint[];
  imageNoise?: Tensor;
  noise?: Tensor;
  maskedImageNoise?: Tensor;
  /** (S, N, C, h, w): of stochastic schedulers, in order */
  stepNoise?: Tensor;
}

export interface InpaintStep {
  index: number;
  total: number;
  timestep: number;
  latents: FloatTensor;
  /** (N, 3, H, W) in [0, 1], if the call has a preview decoder */
  preview?: FloatTensor;
}

export interface NativeInpainter {
  inpaint(
    request: InpaintRequest,
    callbacks: {onStep?: (step: InpaintStep) => void; onProgress?: (progress: NativeProgress) => void},
  ): NativeJob<FloatTensor>;
  dispose(): void;
}

/** See native/include/synood/synthesis.h. */
export interface SynthesisOptions {
  batchSize: number;
  height: number;
  width: number;
  steps: number;
  strength: number;
  guidanceScale: number;
  scheduler: SchedulerSpec;
  objective: 'energy' | 'msp' | 'max_logit' | 'authors' | 'reference';
  temperature: number;
  boundary: number;
  tolerance: number;
  side?: 'both' | 'inside' | 'outside';
  gradient?: 'skip' | 'truncated' | 'exact';
  gradientSteps?: number;
  chainFactor?: boolean;
  latentGradient: 'unscaled' | 'scaled';
  saturation?: 'clamp' | 'straight-through';
  restandardise?: boolean;
  stepRule: 'fixed' | 'normalised' | 'line-search';
  stepSize: number;
  maxIterations: number;
  transform: PixelTransformSpec;
  gradientCheckpointing?: boolean;
  /** zero-shot logits in place of a classifier's */
  clip?: NativeClip;
  /** (K, D) */
  labelFeatures?: Tensor;
  /** 0: the model's own */
  logitScale?: number;
}

/** One way to the gradient in the noise, as SynthesisOptions names it. */
export interface GradientMethod {
  gradient: 'skip' | 'truncated' | 'exact';
  gradientSteps?: number;
  chainFactor?: boolean;
}

/** One method's gradient of one sample beside the exact one. */
export interface GradientComparison {
  slot: number;
  method: number;
  norm: number;
  /** NaN where a gradient is zero */
  cosine: number;
  /** to the exact gradient's */
  normRatio: number;
  score: number;
  /** after a normalised step against the gradient, the whole chain run again */
  scoreAfter: number;
  loss: number;
  lossAfter: number;
}

export interface SynthesisItem {
  id: string;
  seed: bigint;
  image: Tensor;
  mask: Tensor;
  ids: Tensor;
  negativeIds: Tensor;
  /** draws given from outside, (C, h, w) each, to compare with other implementations */
  imageNoise?: Tensor;
  noise?: Tensor;
  /** (I, C, h, w), one an iteration */
  maskedImageNoise?: Tensor;
  /** Stable Diffusion XL: the second encoder's */
  ids2?: Tensor;
  negativeIds2?: Tensor;
  /** the same: zeros in the negative embeddings' place */
  zeroNegative?: boolean;
}

export interface SlotReport {
  slot: number;
  iteration: number;
  score: number;
  gradientNorm: number;
  /** as the step rule took it; 0 when the noise did not move */
  stepSize: number;
  finished: boolean;
  accepted: boolean;
  reason: string;
}

export interface NativeSynthesizer {
  place(slot: number, item: SynthesisItem): NativeJob<void>;
  iterate(callbacks: {onProgress?: (progress: NativeProgress) => void}): NativeJob<SlotReport[]>;
  take(slot: number): NativeJob<FloatTensor>;
  /** the same, and the sample stays in its place */
  image(slot: number): NativeJob<FloatTensor>;
  gradient(latents: Tensor): NativeJob<NamedTensor[]>;
  /** (C, h, w): the noise that the next iteration begins with, or the one behind a finished image */
  noise(slot: number): NativeJob<FloatTensor>;
  /** pixels (N, 3, H, W) in [0, 1] -> (N) scores of the objective */
  score(pixels: Tensor): NativeJob<FloatTensor>;
  compareGradients(methods: GradientMethod[], stepSize: number): NativeJob<GradientComparison[]>;
  dispose(): void;
}

export interface NativeTrainer {
  /** order (steps, B) int64 -> the figures of every step */
  run(
    data: NamedTensor[],
    order: Tensor<BigInt64Array>,
    callbacks: {onProgress?: (progress: NativeProgress) => void},
  ): NativeJob<TrainingFigures>;
  stepsDone(): NativeJob<number>;
  state(): NativeJob<NamedTensor[]>;
  /** what the training is for; see native/include/synood/training.h */
  result(): NativeJob<NamedTensor[]>;
  loadState(state: NamedTensor[], stepsDone: number): NativeJob<void>;
  dispose(): void;
}

export interface ProjectionParameters {
  weight: Tensor;
  bias: Tensor;
  normWeight: Tensor;
  normBias: Tensor;
}

export interface EngineInfo {
  libtorchVersion: string;
  device: string;
  deviceName: string;
  dtype: string;
  threads: number;
  cudaBuilt: boolean;
  cudaDevices: number;
}

export interface NativeEngine {
  info(): EngineInfo;
  loadClip(spec: ClipSpec, weights: WeightSource): NativeJob<NativeClip>;
  loadUnet(spec: UnetSpec, weights: WeightSource): NativeJob<NativeUnet>;
  loadAutoencoderKl(spec: AutoencoderKlSpec, weights: WeightSource): NativeJob<NativeAutoencoderKl>;
  loadAutoencoderTiny(spec: AutoencoderTinySpec, weights: WeightSource): NativeJob<NativeAutoencoderKl>;
  loadClassifier(spec: ResnetSpec, weights: WeightSource): NativeJob<NativeClassifier>;
  loadVitClassifier(spec: VitSpec, weights: WeightSource): NativeJob<NativeClassifier>;
  createInpainter(
    unet: NativeUnet,
    vae: NativeAutoencoderKl,
    textEncoder: NativeClip | null,
    textEncoder2?: NativeClip | null,
  ): NativeJob<NativeInpainter>;
  createSynthesizer(
    unet: NativeUnet,
    vae: NativeAutoencoderKl,
    textEncoder: NativeClip,
    classifier: NativeClassifier | null,
    options: SynthesisOptions,
    textEncoder2?: NativeClip | null,
  ): NativeJob<NativeSynthesizer>;
  createTrainer(
    kind: 'contrastive',
    subject: {clip: NativeClip},
    options: TrainerOptions,
  ): NativeJob<NativeTrainer>;
  createTrainer(
    kind: 'autoencoder',
    subject: {vae: NativeAutoencoderKl},
    options: TrainerOptions,
  ): NativeJob<NativeTrainer>;
  createTrainer(
    kind: 'denoiser',
    subject: {unet: NativeUnet; textEncoder?: NativeClip | null},
    options: TrainerOptions,
  ): NativeJob<NativeTrainer>;
  createTrainer(
    kind: 'classifier',
    subject: {classifier: NativeClassifier},
    options: TrainerOptions,
  ): NativeJob<NativeTrainer>;
  createTrainer(
    kind: 'projection',
    subject: {labelFeatures: Tensor; initial?: NamedTensor[]},
    options: TrainerOptions,
  ): NativeJob<NativeTrainer>;
  createTrainer(
    kind: 'joint',
    subject: {labelFeatures: Tensor; classes: number; initial?: NamedTensor[]},
    options: TrainerOptions,
  ): NativeJob<NativeTrainer>;
  createTrainer(
    kind: 'linear',
    subject: {width: number; labels: number},
    options: TrainerOptions,
  ): NativeJob<NativeTrainer>;
  createTrainer(
    kind: 'clipn',
    subject: {clip: NativeClip},
    options: TrainerOptions,
  ): NativeJob<NativeTrainer>;
  createTrainer(
    kind: 'lsn',
    subject: {clip: NativeClip; ids: Tensor; prompts: PromptSpec},
    options: TrainerOptions,
  ): NativeJob<NativeTrainer>;
  createTrainer(
    kind: 'labels',
    subject: {labelFeatures: Tensor},
    options: TrainerOptions,
  ): NativeJob<NativeTrainer>;
  createTrainer(
    kind: 'outlier-head',
    subject: {weight: Tensor; bias: Tensor},
    options: TrainerOptions,
  ): NativeJob<NativeTrainer>;
  createTrainer(
    kind: 'feature-map',
    subject: {labelFeatures: Tensor; width: number},
    options: TrainerOptions,
  ): NativeJob<NativeTrainer>;
  /** negatives in the order of the stored permutation; (N) scores, higher is in-distribution */
  negLabelScore(
    features: Tensor,
    positives: Tensor,
    negatives: Tensor,
    options: {groups: number; temperature: number},
  ): NativeJob<FloatTensor>;
  candidateDistances(candidates: Tensor, positives: Tensor, quantile: number): NativeJob<FloatTensor>;
  cosines(rows: Tensor, columns: Tensor): NativeJob<FloatTensor>;
  project(features: Tensor, parameters: ProjectionParameters): NativeJob<FloatTensor>;
  /** see native/detection/operations.h; ts/detection/compute.ts has their types */
  computeDetection(
    operation: string,
    tensors: NamedTensor[],
    numbers: Record<string, number>,
    words: Record<string, string>,
  ): NativeJob<NamedTensor[]>;
  odinLogits(
    classifier: NativeClassifier,
    pixels: Tensor,
    options: {
      temperature: number;
      epsilon: number;
      std: number[];
      batchSize: number;
      onProgress?: (progress: NativeProgress) => void;
    },
  ): NativeJob<FloatTensor>;
  /** the hidden states (M, L, W) of a prompt with each embedding (M, W) in place of the token */
  placeholderStates(clip: NativeClip, ids: Tensor, token: number, embeddings: Tensor): NativeJob<FloatTensor>;
  cancelAll(): void;
  dispose(): void;
}

/** A scheduler by itself: small calls, run at once. See native/include/synood/scheduler.h. */
export interface NativeScheduler {
  setTimesteps(steps: number | number[]): void;
  setSeed(seed: number | bigint): void;
  timesteps(): number[];
  sigmas(): number[];
  initNoiseSigma(): number;
  scaleModelInput(sample: Tensor, timestep: number): FloatTensor;
  step(
    modelOutput: Tensor,
    timestep: number,
    sample: Tensor,
    options: {noise?: Tensor; eta?: number},
  ): FloatTensor;
  /** one timestep for all rows, or one each */
  addNoise(sample: Tensor, noise: Tensor, timesteps: number[]): FloatTensor;
}

export interface NativeAddon {
  createScheduler(libraries: {libtorch: string; core: string}, spec: SchedulerSpec): NativeScheduler;
  openEngine(options: {
    libtorch: string;
    core: string;
    device: string;
    dtype: string;
    threads: number;
  }): NativeEngine;
}
