import type {
  FloatTensor,
  NativeSynthesizer,
  PixelTransformSpec,
  SchedulerSpec,
  SynthesisItem,
  SynthesisOptions,
} from '../binding/contract.js';
import {messageOf, SynoodError} from '../binding/errors.js';
import {decodeImage, type ImageInput} from '../data/image.js';
import {preprocessForDiffusion} from '../data/preprocess.js';
import type {Classifier} from '../models/classifier.js';
import type {Inpainter} from '../models/inpainter.js';
import {resizeGently} from './gentle-resize.js';
import {sampleSeed} from './sample-seed.js';
import {Slots} from './slots.js';

export interface SynthesizerOptions {
  inpainter: Inpainter;
  /** whose energy tells how near an image is to the boundary */
  classifier: Classifier;
  /** the classifier's preprocessing of a generated image */
  transform: PixelTransformSpec;
  /** where in-distribution ends: see calibrateBoundary */
  boundary: number;
  /** accepted when |score - boundary| is at most this */
  tolerance: number;
  /** every sample's random numbers come from it and the sample's id; default 0 */
  seed?: number | bigint;
  /** side of the square images; default: the inpainter's own */
  imageSize?: number;
  /** samples computed at once; free places are padding, so that a sample's bytes don't depend on its neighbours; default 2 */
  batchSize?: number;
  /** default 20 */
  steps?: number;
  /** how far into the noise an image goes; default 0.6 */
  strength?: number;
  /** default 8 */
  guidanceScale?: number;
  /** default: the inpainter's own */
  scheduler?: SchedulerSpec;
  /** default 'energy': (score - boundary)^2; 'reference': the authors' objective */
  objective?: 'energy' | 'reference';
  temperature?: number;
  latentGradient?: 'unscaled' | 'scaled';
  stepRule?: 'normalised' | 'fixed';
  stepSize?: number;
  maxIterations?: number;
}

/** An image to start from. */
export interface SynthesisInput {
  /** names the sample; its random numbers come from it */
  id: string;
  image: ImageInput;
  prompt: string;
  negativePrompt?: string;
}

/** A near-boundary image and how it came about. */
export interface SynthesisSample {
  id: string;
  seed: bigint;
  /** (3, H, W) in [0, 1] */
  image: FloatTensor;
  /** of the image, higher is in-distribution */
  score: number;
  /** the score at each iteration; the last is `score` */
  trajectory: number[];
  iterations: number;
  /** whether the score is within the tolerance of the boundary */
  accepted: boolean;
  /** 'boundary', 'iterations' (too many) or 'not-finite' */
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

/**
 * Near-boundary synthesis (SynOOD, section 3.2): inpaints each image from noise that is moved along the skip gradient of
 * a classifier's energy, until the result lies at the boundary.
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

  /** What a sample of this id draws its random numbers from. */
  seedOf(id: string): bigint {
    return sampleSeed(this.options.seed ?? 0, id);
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
    const slots = new Slots<SynthesisInput>(this.#native.batchSize);
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
          const {input, item} = taken.value;
          await engine.run(() => native.place(slot, item), options.signal);
          slots.put(slot, input);
        }
        if (slots.active === 0) return;
        const reports = await engine.run(() => native.iterate({}), options.signal);
        iterations++;
        for (const report of reports) {
          const {entry, trajectory} = slots.scored(report.slot, report.score);
          if (!report.finished) continue;
          const image = await engine.run(() => native.take(report.slot));
          slots.clear(report.slot);
          done++;
          const {iteration, score, accepted, reason} = report;
          const seed = this.seedOf(entry.id);
          yield {id: entry.id, seed, image, score, trajectory, iterations: iteration, accepted, reason};
        }
        options.onProgress?.({done, iterations, active: slots.active});
      }
    } finally {
      next?.catch(() => undefined);
      native.dispose();
    }
  }

  get #native(): SynthesisOptions {
    const {inpainter, transform, boundary, tolerance, ...options} = this.options;
    return {
      batchSize: options.batchSize ?? 2,
      height: this.imageSize,
      width: this.imageSize,
      steps: options.steps ?? 20,
      strength: options.strength ?? 0.6,
      guidanceScale: options.guidanceScale ?? 8,
      scheduler: options.scheduler ?? inpainter.scheduler,
      objective: options.objective ?? 'energy',
      temperature: options.temperature ?? 1,
      boundary,
      tolerance,
      latentGradient: options.latentGradient ?? 'unscaled',
      stepRule: options.stepRule ?? 'normalised',
      stepSize: options.stepSize ?? 0.2,
      maxIterations: options.maxIterations ?? 6,
      transform,
    };
  }

  #create(): Promise<NativeSynthesizer> {
    const {unet, vae, textEncoder, engine} = this.options.inpainter;
    return engine.run((core) =>
      core.createSynthesizer(
        unet.native,
        vae.native,
        textEncoder.native,
        this.options.classifier.native,
        this.#native,
      ),
    );
  }

  async *#prepared(
    inputs: Iterable<SynthesisInput> | AsyncIterable<SynthesisInput>,
    options: SynthesisRunOptions,
  ): AsyncGenerator<Prepared, void, undefined> {
    for await (const input of inputs) {
      try {
        yield {input, item: await this.#prepare(input)};
      } catch (thrown) {
        if (!(thrown instanceof SynoodError) || thrown.code !== 'ERR_IMAGE' || !options.onBadImage)
          throw thrown;
        options.onBadImage(input.id, thrown);
      }
    }
  }

  async #prepare({id, image, prompt, negativePrompt}: SynthesisInput): Promise<SynthesisItem> {
    const side = this.imageSize;
    const decoded = await decodeImage(image).catch((thrown: unknown) => {
      if (thrown instanceof SynoodError) throw thrown;
      throw new SynoodError('ERR_IMAGE', `${id}: ${messageOf(thrown)}`, {cause: thrown});
    });
    const square = await resizeGently(decoded, side, side, 'lanczos');
    const pixels = preprocessForDiffusion([square], side, side);
    const {tokenizer} = this.options.inpainter.textEncoder;
    const tokens = (text: string) => {
      const {ids, shape} = tokenizer.encode([text]);
      return {data: ids, shape: [shape[1]]};
    };
    return {
      id,
      seed: this.seedOf(id),
      image: {data: pixels.data, shape: [3, side, side]},
      mask: {data: new Float32Array(side * side).fill(1), shape: [1, side, side]},
      ids: tokens(prompt),
      negativeIds: tokens(negativePrompt ?? ''),
    };
  }
}

/** Starts the next item; its failure is for whoever waits for it. */
function ahead<T>(items: AsyncGenerator<T, void, undefined>): Promise<IteratorResult<T>> {
  const next = items.next();
  next.catch(() => undefined);
  return next;
}
