import type {
  NamedTensor,
  NativeEngine,
  NativeJob,
  NativeProgress,
  NativeTrainer,
  PromptSpec,
  Tensor,
  TrainerOptions,
  TrainingFigures,
} from '../binding/contract.js';
import type {EngineCore} from '../engine/engine-core.js';
import type {AutoencoderKl} from '../models/autoencoder-kl.js';
import type {Classifier} from '../models/classifier.js';
import type {Clip} from '../models/clip.js';
import type {Unet} from '../models/unet.js';

export interface RunOptions {
  signal?: AbortSignal;
  /** `value` is the step's loss */
  onProgress?: (progress: NativeProgress) => void;
}

/**
 * A native training loop. It changes the parameters of the model that it was made for; state() and loadState() carry
 * it over an interruption, and what follows has the same bytes as an uninterrupted run.
 */
export class Trainer {
  private constructor(
    private readonly engine: EngineCore,
    private readonly native: NativeTrainer,
  ) {}

  /** Symmetric InfoNCE over images and captions (Radford et al., 2021, section 2.3). */
  static contrastive(engine: EngineCore, clip: Clip, options: TrainerOptions): Promise<Trainer> {
    return Trainer.make(engine, (core) => core.createTrainer('contrastive', {clip: clip.native}, options));
  }

  static autoencoder(engine: EngineCore, vae: AutoencoderKl, options: TrainerOptions): Promise<Trainer> {
    return Trainer.make(engine, (core) => core.createTrainer('autoencoder', {vae: vae.native}, options));
  }

  static denoiser(
    engine: EngineCore,
    unet: Unet,
    textEncoder: Clip | null,
    options: TrainerOptions,
  ): Promise<Trainer> {
    const subject = {unet: unet.native, textEncoder: textEncoder?.native ?? null};
    return Trainer.make(engine, (core) => core.createTrainer('denoiser', subject, options));
  }

  static classifier(engine: EngineCore, classifier: Classifier, options: TrainerOptions): Promise<Trainer> {
    return Trainer.make(engine, (core) =>
      core.createTrainer('classifier', {classifier: classifier.native}, options),
    );
  }

  /** The projection on frozen image features (SynOOD, section 3.3). labelFeatures (K, D). */
  static projection(
    engine: EngineCore,
    labelFeatures: Tensor,
    options: TrainerOptions,
    initial: NamedTensor[] = [],
  ): Promise<Trainer> {
    return Trainer.make(engine, (core) =>
      core.createTrainer('projection', {labelFeatures, initial}, options),
    );
  }

  /** The negative labels' text features as parameters (SynOOD, section 3.3). labelFeatures (K, D). */
  static labels(engine: EngineCore, labelFeatures: Tensor, options: TrainerOptions): Promise<Trainer> {
    return Trainer.make(engine, (core) => core.createTrainer('labels', {labelFeatures}, options));
  }

  /** A classifier's last layer beside outliers (VOS, Dream-OOD). weight (C, F), bias (C): where it begins. */
  static outlierHead(
    engine: EngineCore,
    head: {weight: Tensor; bias: Tensor},
    options: TrainerOptions,
  ): Promise<Trainer> {
    return Trainer.make(engine, (core) => core.createTrainer('outlier-head', head, options));
  }

  /** A linear map of image features of `width` towards labelFeatures (C, E) (NPOS, Dream-OOD). */
  static featureMap(
    engine: EngineCore,
    labelFeatures: Tensor,
    width: number,
    options: TrainerOptions,
  ): Promise<Trainer> {
    return Trainer.make(engine, (core) => core.createTrainer('feature-map', {labelFeatures, width}, options));
  }

  /**
   * Both sides of SynOOD at once. labelFeatures (K, D): the first `classes` rows stay, the others are trained; labels of
   * samples are rows of it.
   */
  static joint(
    engine: EngineCore,
    subject: {labelFeatures: Tensor; classes: number; initial?: NamedTensor[]},
    options: TrainerOptions,
  ): Promise<Trainer> {
    return Trainer.make(engine, (core) =>
      core.createTrainer('joint', {...subject, initial: subject.initial ?? []}, options),
    );
  }

  /** A linear classifier of `labels` classes on frozen features of `width` numbers. */
  static linear(
    engine: EngineCore,
    subject: {width: number; labels: number},
    options: TrainerOptions,
  ): Promise<Trainer> {
    return Trainer.make(engine, (core) => core.createTrainer('linear', subject, options));
  }

  /** CLIPN's "no" branch (Wang et al., 2023); `clip` stays as it is. */
  static clipn(engine: EngineCore, clip: Clip, options: TrainerOptions): Promise<Trainer> {
    return Trainer.make(engine, (core) => core.createTrainer('clipn', {clip: clip.native}, options));
  }

  /** LSN's contexts (Nie et al., 2024); ids (C, L): start, places for the context, the class's tokens, end. */
  static lsn(
    engine: EngineCore,
    clip: Clip,
    ids: Tensor,
    prompts: PromptSpec,
    options: TrainerOptions,
  ): Promise<Trainer> {
    return Trainer.make(engine, (core) =>
      core.createTrainer('lsn', {clip: clip.native, ids, prompts}, options),
    );
  }

  private static async make(
    engine: EngineCore,
    start: (core: NativeEngine) => NativeJob<NativeTrainer>,
  ): Promise<Trainer> {
    return new Trainer(engine, await engine.run(start));
  }

  /**
   * @param data   the pool of samples, see native/include/synood/training.h for the names of each loop
   * @param order  (steps, B): the samples of each step
   * @returns the loss of every step
   */
  async run(data: NamedTensor[], order: Tensor<BigInt64Array>, options: RunOptions = {}): Promise<number[]> {
    return (await this.steps(data, order, options)).losses;
  }

  /** The same with every figure of every step. */
  steps(
    data: NamedTensor[],
    order: Tensor<BigInt64Array>,
    options: RunOptions = {},
  ): Promise<TrainingFigures> {
    return this.engine.run(
      () => this.native.run(data, order, {onProgress: options.onProgress}),
      options.signal,
    );
  }

  stepsDone(): Promise<number> {
    return this.engine.run(() => this.native.stepsDone());
  }

  state(): Promise<NamedTensor[]> {
    return this.engine.run(() => this.native.state());
  }

  /** What the training is for: trained parameters or their averages, without the optimiser's state. */
  result(): Promise<NamedTensor[]> {
    return this.engine.run(() => this.native.result());
  }

  loadState(state: NamedTensor[], stepsDone: number): Promise<void> {
    return this.engine.run(() => this.native.loadState(state, stepsDone));
  }

  dispose(): void {
    this.native.dispose();
  }

  [Symbol.dispose](): void {
    this.dispose();
  }
}
