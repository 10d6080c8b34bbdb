import {SynoodError} from '../binding/errors.js';
import {checkJson} from '../data/files/json-file.js';
import type {ImageInput} from '../data/image.js';
import {thresholdAtTpr} from '../evaluation/fpr-at-tpr.js';
import type {DetectionTools} from './compute.js';
import {
  type FittedDescription,
  type ModelReference,
  readDetectorFolder,
  writeDetectorFolder,
} from './detector-folder.js';
import {imageReadings, type ImageReadingsOptions} from './image-readings.js';
import {type DetectorTensors, type FitData, type FitTools, missingOf} from './kind.js';
import type {ReadingModels} from './reading-encoders.js';
import type {ImageReadings} from './readings.js';
import {type AnyDetectorKind, detectorKind} from './registry.js';

export interface FitOptions {
  /** hyper-parameters; those left out have the published values */
  settings?: Record<string, unknown>;
  /** which models the images were read with, for a detector that is saved */
  models?: {clip?: ModelReference; classifier?: ModelReference};
}

/**
 * Any detector, fitted. A higher score is in-distribution.
 *
 *     const knn = await FittedDetector.fit('knn', data, {engine});
 *     await knn.calibrate(heldOut, {engine});
 *     const scores = await knn.score(images, {engine});        // images as readings
 *     await knn.save('detectors/knn');
 */
export class FittedDetector {
  private constructor(
    readonly kind: AnyDetectorKind,
    private description: FittedDescription,
    private readonly tensors: DetectorTensors,
  ) {}

  /**
   * @param name  of the kind: 'msp', 'knn', 'mcm', …; see detectorKinds
   * @throws SynoodError ERR_CONFIG if there is no such kind, a setting is unknown, or the data lack a part that it needs
   */
  static async fit(
    name: string,
    data: FitData,
    tools: FitTools,
    {settings = {}, models = {}}: FitOptions = {},
  ): Promise<FittedDetector> {
    const kind = detectorKind(name);
    const missing = missingOf(kind, data);
    if (missing !== undefined) throw new SynoodError('ERR_CONFIG', `${kind.title} ${missing}.`);
    checkFitData(data);
    const all = checkJson(kind.settings, settings, `the settings of ${name}`, 'ERR_CONFIG');
    const tensors = await kind.fit(data, all, tools);
    const read = Object.fromEntries(kind.reads.flatMap((model) => [[model, models[model]]]));
    const description = {kind: name, settings: all, classes: [...data.classes], models: read};
    return new FittedDetector(kind, description, tensors);
  }

  /** @throws SynoodError ERR_MODEL_FORMAT if the folder is damaged, was changed, or is of a kind that this version lacks */
  static async load(folder: string): Promise<FittedDetector> {
    const {description, tensors} = await readDetectorFolder(folder);
    const kind = detectorKind(description.kind);
    const settings = checkJson(kind.settings, description.settings, folder, 'ERR_MODEL_FORMAT');
    return new FittedDetector(kind, {...description, settings}, tensors);
  }

  /** The same bytes for the same detector. */
  async save(folder: string): Promise<void> {
    await writeDetectorFolder(folder, this.description, this.tensors);
  }

  get settings(): Record<string, unknown> {
    return this.description.settings;
  }

  get classes(): readonly string[] {
    return this.description.classes;
  }

  get models(): FittedDescription['models'] {
    return this.description.models;
  }

  /** An image with at least this score is taken as in-distribution; undefined before `calibrate`. */
  get threshold(): number | undefined {
    return this.description.threshold?.value;
  }

  /** @returns (N) scores, higher is in-distribution @throws SynoodError ERR_VALUE naming the first that is not a number */
  async score(images: ImageReadings, tools: DetectionTools): Promise<Float32Array> {
    const scores = await this.kind.score(images, this.#fitted(), tools);
    const bad = scores.findIndex(Number.isNaN);
    if (bad >= 0) {
      throw new SynoodError(
        'ERR_VALUE',
        `${this.kind.title} has no number for image ${bad}: its score is NaN. The features or the detector's settings (${JSON.stringify(this.settings)}) are out of range.`,
      );
    }
    return scores;
  }

  /** The same of images, read with the models that the detector was made with. */
  scoreImages(
    images: readonly ImageInput[],
    models: ReadingModels,
    options: DetectionTools & ImageReadingsOptions,
  ): Promise<Float32Array> {
    return this.score(imageReadings(models, images, options), options);
  }

  /** The class of each image, an index into `classes`. */
  classify(images: ImageReadings, tools: DetectionTools): Promise<number[]> {
    return this.kind.classify(images, this.#fitted(), tools);
  }

  /** Sets the threshold to the score that the share of held-out in-distribution images reaches. */
  async calibrate(heldOut: ImageReadings, tools: DetectionTools, truePositiveRate = 0.95): Promise<number> {
    const scores = await this.score(heldOut, tools);
    const value = thresholdAtTpr(scores, truePositiveRate);
    this.description = {
      ...this.description,
      threshold: {value, truePositiveRate, images: scores.length},
    };
    return value;
  }

  #fitted() {
    return {settings: this.settings, tensors: this.tensors};
  }
}

/** @throws SynoodError ERR_CONFIG on one class, or labels that do not fit the images */
function checkFitData({classes, labels, images}: FitData): void {
  if (classes.length < 2) {
    throw new SynoodError(
      'ERR_CONFIG',
      `Expected two in-distribution classes or more, got ${classes.length === 1 ? `only "${classes[0]}"` : 'none'}: a softmax over one class is always 1. Put the training images into a folder for each class.`,
    );
  }
  if (labels.length !== images.count) {
    throw new SynoodError(
      'ERR_CONFIG',
      `Expected a label for each of ${images.count} training images, got ${labels.length}.`,
    );
  }
  const strange = labels.find((label) => !(label >= 0 && label < classes.length));
  if (strange !== undefined) {
    throw new SynoodError('ERR_CONFIG', `Expected labels from 0 to ${classes.length - 1}, got ${strange}.`);
  }
}
