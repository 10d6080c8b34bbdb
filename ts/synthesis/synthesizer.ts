import type {FloatTensor, NativeSynthesizer, SlotReport, SynthesisItem, Tensor} from '../binding/contract.js';
import {messageOf, SynoodError} from '../binding/errors.js';
import {decodeImage, type ImageInput, type RgbImage} from '../data/image.js';
import {toRgbImage} from '../data/image-output.js';
import {binarise, type Mask} from '../data/mask.js';
import {modelMask} from '../data/mask-resize.js';
import {preprocessForDiffusion} from '../data/preprocess.js';
import {type GradientMethodName, methodOf, type MeasuredGradient, measured} from './gradient-methods.js';
import {resizeGently} from './gentle-resize.js';
import {nativeOptions, type SynthesizerOptions} from './options.js';
import {promptIds} from './prompt-ids.js';
import {sampleSeed} from './sample-seed.js';
import {Slots} from './slots.js';

export type {NoiseGradient, Objective, SynthesizerOptions, ZeroShotScore} from './options.js';

/** An image to start from. */
export interface SynthesisInput {
  /** names the sample; its random numbers come from it */
  id: string;
  image: ImageInput;
  prompt: string;
  negativePrompt?: string;
  /** what is painted anew, of any size, given the decoded image; default: all of it */
  mask?: (image: RgbImage, signal?: AbortSignal) => Mask | Promise<Mask>;
}

/** A near-boundary image and how it came about. */
export interface SynthesisSample {
  id: string;
  seed: bigint;
  /** (3, H, W) in [0, 1] */
  image: FloatTensor;
  /** of the image, higher is in-distribution */
  score: number;
  /** the score at each iteration of the last attempt; the last is `score` */
  trajectory: number[];
  /** at each iteration; 0 where no gradient was needed */
  gradientNorms: number[];
  /** at each iteration, as the step rule took it; 0 where the noise did not move */
  stepSizes: number[];
  /** its share of the batch's time, a number an iteration of every attempt; encoding is not counted */
  seconds: number[];
  /** small pictures of each iteration's image, if `previews` asks for them */
  previews: RgbImage[];
  iterations: number;
  /** 1 and one more for each retry */
  attempts: number;
  /** whether the score is within the tolerance of the boundary */
  accepted: boolean;
  /** 'boundary', 'iterations' (too many), 'not-finite' or 'zero-gradient' */
  reason: string;
}

export interface SynthesisRunOptions {
  signal?: AbortSignal;
  /** after every iteration of the batch: `done` samples are finished */
  onProgress?: (progress: {done: number; iterations: number; active: number}) => void;
  /** an image that cannot be read: without this it ends the run */
  onBadImage?: (id: string, error: SynoodError) => void;
}

interface Prepared {
  input: SynthesisInput;
  item: SynthesisItem;
}

interface Attempt extends Prepared {
  number: number;
  /** of the attempts before */
  seconds: number[];
}

/**
 * Near-boundary synthesis (SynOOD, section 3.2): inpaints each image from noise that is moved along the gradient of a
 * score, until the result lies at the boundary.
 *
 *     const synthesizer = new Synthesizer({inpainter, classifier, transform, boundary, tolerance});
 *     for await (const sample of synthesizer.run(items)) { sample.image; sample.score; sample.accepted; }
 */
export class Synthesizer {
  readonly imageSize: number;

  constructor(private readonly options: SynthesizerOptions) {
    const {unet, vae} = options.inpainter;
    this.imageSize = options.imageSize ?? unet.config.sampleSize * vae.scaleFactor;
    if (this.imageSize % vae.scaleFactor !== 0) {
      throw new SynoodError(
        'ERR_CONFIG',
        `Expected imageSize to be a multiple of ${vae.scaleFactor}, the autoencoder's, got ${this.imageSize}.`,
      );
    }
  }

  /** What a sample of this id draws its random numbers from; each further attempt has a seed of its own. */
  seedOf(id: string, attempt = 1): bigint {
    return sampleSeed(this.options.seed ?? 0, attempt === 1 ? id : `${id}\0attempt ${attempt}`);
  }

  /**
   * Samples in the order in which they finish. A place in the batch that a sample leaves is taken by the next at once;
   * images are read while the batch before them is computed.
   *
   * @throws SynoodError ERR_ABORTED, ERR_IMAGE (see onBadImage), ERR_OUT_OF_MEMORY
   */
  async *run(
    inputs: Iterable<SynthesisInput> | AsyncIterable<SynthesisInput>,
    options: SynthesisRunOptions = {},
  ): AsyncGenerator<SynthesisSample, void, undefined> {
    const {engine} = this.options.inpainter;
    const native = await this.#create();
    const slots = new Slots<Attempt>(this.options.batchSize ?? 2);
    const attempts = 1 + (this.options.retries ?? 0);
    const upcoming = this.#prepared(inputs, options);
    let next: Promise<IteratorResult<Prepared>> | undefined = ahead(upcoming);
    let done = 0;
    let iterations = 0;
    try {
      for (;;) {
        for (const slot of slots.free()) {
          const taken = await next;
          if (taken === undefined || taken.done) {
            next = undefined;
            break;
          }
          next = ahead(upcoming);
          const attempt = {...taken.value, number: 1, seconds: []};
          await engine.run(() => native.place(slot, attempt.item), options.signal);
          slots.put(slot, attempt);
        }
        if (slots.active === 0) return;
        const began = performance.now();
        const reports = await engine.run(() => native.iterate({}), options.signal);
        const seconds = (performance.now() - began) / 1000 / reports.length;
        iterations++;
        for (const report of reports) {
          const preview = await this.#preview(native, report);
          const {score, gradientNorm, stepSize} = report;
          const {entry, iterations} = slots.reported(report.slot, {
            score,
            gradientNorm,
            stepSize,
            seconds,
            preview,
          });
          if (!report.finished) continue;
          const spent = [...entry.seconds, ...iterations.map((one) => one.seconds)];
          const image = await engine.run(() => native.take(report.slot));
          slots.clear(report.slot);
          const {iteration, accepted, reason} = report;
          const {id} = entry.input;
          if (!accepted && entry.number < attempts) {
            const number = entry.number + 1;
            const item = {...entry.item, seed: this.seedOf(id, number)};
            await engine.run(() => native.place(report.slot, item), options.signal);
            slots.put(report.slot, {input: entry.input, item, number, seconds: spent});
            continue;
          }
          done++;
          yield {
            id,
            seed: entry.item.seed,
            image,
            score,
            trajectory: iterations.map((one) => one.score),
            gradientNorms: iterations.map((one) => one.gradientNorm),
            stepSizes: iterations.map((one) => one.stepSize),
            seconds: spent,
            previews: iterations.flatMap((one) => one.preview ?? []),
            iterations: iteration,
            attempts: entry.number,
            accepted,
            reason,
          };
        }
        options.onProgress?.({done, iterations, active: slots.active});
      }
    } finally {
      next?.catch(() => undefined);
      native.dispose();
    }
  }

  /**
   * Scores as the search computes them: the objective's, through the same preprocessing.
   *
   * @param pixels  (N, 3, H, W) in [0, 1]
   * @returns N numbers, higher is in-distribution
   */
  async score(pixels: Tensor, signal?: AbortSignal): Promise<number[]> {
    const native = await this.#create();
    try {
      const {data} = await this.options.inpainter.engine.run(() => native.score(pixels), signal);
      return [...data];
    } finally {
      native.dispose();
    }
  }

  /**
   * How far cheaper gradients can be trusted: each method's gradient of the loss in the initial noise beside the exact
   * one, and what a step along it truly does.
   *
   * @param stepSize  rms of the step, in units of the noise; default: the synthesizer's
   */
  async *compareGradients(
    inputs: Iterable<SynthesisInput>,
    methods: readonly GradientMethodName[],
    {stepSize = this.options.stepSize ?? 0.2, signal}: {stepSize?: number; signal?: AbortSignal} = {},
  ): AsyncGenerator<MeasuredGradient, void, undefined> {
    const {engine} = this.options.inpainter;
    const batchSize = this.options.batchSize ?? 2;
    const all = [...inputs];
    for (let at = 0; at < all.length; at += batchSize) {
      const batch = all.slice(at, at + batchSize);
      const native = await this.#create({gradientCheckpointing: this.options.gradientCheckpointing ?? true});
      try {
        for (const [slot, input] of batch.entries()) {
          const item = await this.#prepare(input);
          await engine.run(() => native.place(slot, item), signal);
        }
        const found = await engine.run(
          () => native.compareGradients(methods.map(methodOf), stepSize),
          signal,
        );
        for (const one of found) yield measured(one, batch[one.slot]!.id, methods[one.method]!);
      } finally {
        native.dispose();
      }
    }
  }

  async #preview(native: NativeSynthesizer, {slot, score}: SlotReport): Promise<RgbImage | undefined> {
    const {previews: side = 0, inpainter} = this.options;
    // The image of a score that is no number may hold NaN.
    if (side === 0 || !Number.isFinite(score)) return undefined;
    const image = toRgbImage(await inpainter.engine.run(() => native.image(slot)));
    return resizeGently(image, side, side, 'lanczos');
  }

  #create(more: {gradientCheckpointing?: boolean} = {}): Promise<NativeSynthesizer> {
    const {unet, vae, textEncoder, textEncoder2, engine} = this.options.inpainter;
    const options = {...nativeOptions(this.options, this.imageSize), ...more};
    const classifier = this.options.classifier?.native ?? null;
    return engine.run((core) =>
      core.createSynthesizer(
        unet.native,
        vae.native,
        textEncoder.native,
        classifier,
        options,
        textEncoder2?.native,
      ),
    );
  }

  async *#prepared(
    inputs: Iterable<SynthesisInput> | AsyncIterable<SynthesisInput>,
    options: SynthesisRunOptions,
  ): AsyncGenerator<Prepared, void, undefined> {
    for await (const input of inputs) {
      try {
        yield {input, item: await this.#prepare(input, options.signal)};
      } catch (thrown) {
        if (!(thrown instanceof SynoodError) || thrown.code !== 'ERR_IMAGE' || !options.onBadImage)
          throw thrown;
        options.onBadImage(input.id, thrown);
      }
    }
  }

  async #prepare(
    {id, image, prompt, negativePrompt, mask}: SynthesisInput,
    signal?: AbortSignal,
  ): Promise<SynthesisItem> {
    const side = this.imageSize;
    const decoded = await decodeImage(image).catch((thrown: unknown) => {
      if (thrown instanceof SynoodError) throw thrown;
      throw new SynoodError('ERR_IMAGE', `${id}: ${messageOf(thrown)}`, {cause: thrown});
    });
    const square = await resizeGently(decoded, side, side, 'lanczos');
    const pixels = preprocessForDiffusion([square], side, side);
    return {
      id,
      seed: this.seedOf(id),
      image: {data: pixels.data, shape: [3, side, side]},
      mask: mask
        ? this.#mask(id, await mask(decoded, signal))
        : {data: new Float32Array(side * side).fill(1), shape: [1, side, side]},
      ...promptIds(this.options.inpainter, prompt, negativePrompt),
    };
  }

  #mask(id: string, given: Mask): SynthesisItem['mask'] {
    const side = this.imageSize;
    const {data} = modelMask(binarise(given), side, side);
    if (data.includes(1)) return {data, shape: [1, side, side]};
    throw new SynoodError(
      'ERR_IMAGE',
      `${id}: expected a mask that replaces something at ${side} x ${side}, got an empty one.`,
    );
  }
}

/** Starts the next item; its failure is for whoever waits for it. */
function ahead<T>(items: AsyncGenerator<T, void, undefined>): Promise<IteratorResult<T>> {
  const next = items.next();
  next.catch(() => undefined);
  return next;
}
