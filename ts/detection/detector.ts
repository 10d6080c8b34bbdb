import type {FloatTensor} from '../binding/contract.js';
import {SynoodError} from '../binding/errors.js';
import type {ImageInput} from '../data/image.js';
import {Clip} from '../models/clip.js';
import type {EngineCore} from '../engine/engine-core.js';
import {modelFingerprint} from '../models/model-fingerprint.js';
import {emojiAsset} from '../worlds/emoji/assets.js';
import {type DetectorDescription, type DetectorFeatures, readDetector} from './detector-files.js';

export interface DetectorLoadOptions {
  engine: EngineCore;
  /** the CLIP model, or its folder; default: where the detector was made */
  clip?: Clip | string;
}

export interface ScoreOptions {
  /** images that CLIP takes at once; default 32 */
  batchSize?: number;
  signal?: AbortSignal;
  /** after every few images */
  onProgress?: (progress: {done: number; total: number}) => void;
}

/** Which of the trained parts a score uses. Without both it is NegLabel. */
export interface DetectorParts {
  /** the layer on the image features */
  projection: boolean;
  /** the fine-tuned negative labels */
  labels: boolean;
}

/** Images that are decoded before CLIP takes them. */
const CHUNK = 64;

/**
 * Tells in-distribution images from others by NegLabel's grouped score on SynOOD's fine-tuned features.
 *
 *     const detector = await Detector.load('runs/demo/detector', {engine});
 *     const scores = await detector.score(['a.jpg', buffer]);   // scores[0] >= detector.threshold: in-distribution
 */
export class Detector {
  private constructor(
    private readonly engine: EngineCore,
    private readonly clip: Clip,
    readonly description: DetectorDescription,
    private readonly features: DetectorFeatures,
    readonly parts: DetectorParts,
  ) {}

  /**
   * @param folder  with detector.json and detector.safetensors
   * @throws SynoodError ERR_CONFIG if the CLIP model is not the one that the detector was made with
   */
  static async load(folder: string, options: DetectorLoadOptions): Promise<Detector> {
    const {description, features} = await readDetector(folder);
    const clip = await clipOf(folder, description, options);
    return new Detector(options.engine, clip, description, features, description.parts);
  }

  /** From what a run has at hand. */
  static of(
    engine: EngineCore,
    clip: Clip,
    description: DetectorDescription,
    features: DetectorFeatures,
  ): Detector {
    return new Detector(engine, clip, description, features, description.parts);
  }

  /** The same detector with other parts switched on; its threshold does not hold then. */
  with(parts: DetectorParts): Detector {
    return new Detector(this.engine, this.clip, this.description, this.features, parts);
  }

  /** An image with at least this score is taken as in-distribution: 95 % of the held-out ones are. */
  get threshold(): number {
    return this.description.threshold.value;
  }

  /** Names of the in-distribution classes. */
  get labels(): string[] {
    return this.description.classes.map(({name}) => name);
  }

  get negativeLabels(): string[] {
    return this.description.negatives.map(({name}) => name);
  }

  /**
   * @param images  paths, Buffers, raw pixels
   * @returns a score in [0, 1] for each image, higher is in-distribution
   * @throws SynoodError ERR_IMAGE naming the image that cannot be read
   */
  async score(images: ImageInput[], options: ScoreOptions = {}): Promise<Float32Array> {
    const scores = new Float32Array(images.length);
    for (let at = 0; at < images.length; at += CHUNK) {
      const {batchSize, signal} = options;
      const part = images.slice(at, at + CHUNK);
      const features = await this.clip.encodeImages(part, {batchSize, signal});
      scores.set(await this.scoreFeatures(features, signal), at);
      options.onProgress?.({done: at + part.length, total: images.length});
    }
    return scores;
  }

  /** features (N, D) of CLIP's image side, not normalised -> N scores */
  async scoreFeatures(features: FloatTensor, signal?: AbortSignal): Promise<Float32Array> {
    if (features.shape[0] === 0) return new Float32Array();
    const {groups, temperature} = this.description;
    const projected = await this.#projected(features, signal);
    const {data} = await this.engine.run(
      (native) =>
        native.negLabelScore(projected, this.features.classes, this.#negatives(), {groups, temperature}),
      signal,
    );
    return data;
  }

  /** cosines (N, C) of projected image features and class names: the largest is the class */
  async classCosines(features: FloatTensor, signal?: AbortSignal): Promise<FloatTensor> {
    const projected = await this.#projected(features, signal);
    return this.engine.run((native) => native.cosines(projected, this.features.classes), signal);
  }

  /** cosines (N, M) of projected image features and negative labels, in the order of `negativeLabels` */
  async negativeCosines(features: FloatTensor, signal?: AbortSignal): Promise<FloatTensor> {
    const projected = await this.#projected(features, signal);
    const labels = this.parts.labels ? this.features.tunedNegatives : this.features.negatives;
    return this.engine.run((native) => native.cosines(projected, labels), signal);
  }

  async #projected(features: FloatTensor, signal?: AbortSignal): Promise<FloatTensor> {
    if (!this.parts.projection) return features;
    return this.engine.run((native) => native.project(features, this.features.projection), signal);
  }

  /** In the order of the permutation: neighbours fall into one group. */
  #negatives(): FloatTensor {
    const {data, shape} = this.parts.labels ? this.features.tunedNegatives : this.features.negatives;
    const width = shape[1]!;
    const ordered = new Float32Array(data.length);
    this.description.permutation.forEach((row, at) =>
      ordered.set(data.subarray(row * width, (row + 1) * width), at * width),
    );
    return {data: ordered, shape};
  }
}

async function clipOf(
  folder: string,
  {clip: made}: DetectorDescription,
  {engine, clip}: DetectorLoadOptions,
): Promise<Clip> {
  if (clip instanceof Clip) return clip;
  const path = clip ?? (made.reference === 'emoji-world' ? emojiAsset('models', 'clip') : made.reference);
  if ((await modelFingerprint(path)) !== made.fingerprint) {
    throw new SynoodError(
      'ERR_CONFIG',
      `${folder} was made with another CLIP model than ${path} is now. Give its folder: Detector.load(folder, {engine, clip}).`,
    );
  }
  return Clip.load(engine, path);
}
