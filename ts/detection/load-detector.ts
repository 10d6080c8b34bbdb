import {SynoodError} from '../binding/errors.js';
import {clipPreprocessing} from '../data/clip-preprocess.js';
import type {ImageInput} from '../data/image.js';
import type {EngineCore} from '../engine/engine-core.js';
import {Classifier} from '../models/classifier.js';
import {classifierFingerprint} from '../models/classifier-head.js';
import {Clip} from '../models/clip.js';
import {modelFingerprint} from '../models/model-fingerprint.js';
import {readPreprocessorConfig} from '../models/preprocessor-config.js';
import {emojiAsset} from '../worlds/emoji/assets.js';
import {Detector} from './detector.js';
import {isFittedDetector, type ModelReference} from './detector-folder.js';
import {FittedDetector} from './fitted-detector.js';
import type {ReadingModels} from './reading-encoders.js';

export interface LoadDetectorOptions {
  engine: EngineCore;
  /** folders of models that have moved since the detector was made */
  clip?: string;
  classifier?: string;
}

/** Whatever a detector's folder holds, ready for images. */
export interface LoadedDetector {
  title: string;
  /** an image with at least this score is taken as in-distribution; undefined if it was never calibrated */
  threshold: number | undefined;
  score(images: ImageInput[], options: {batchSize?: number; signal?: AbortSignal}): Promise<Float32Array>;
}

/** The folder of a model, which must be the one that the detector was made with. */
async function folderOf(
  kind: 'clip' | 'classifier',
  made: ModelReference,
  given: string | undefined,
): Promise<string> {
  const folder = given ?? (made.reference === 'emoji-world' ? emojiAsset('models', kind) : made.reference);
  const now = await (made.head ? classifierFingerprint(folder, made.head) : modelFingerprint(folder));
  if (now === made.fingerprint) return folder;
  const head = made.head ? `, or another head than ${made.head.file}` : '';
  throw new SynoodError(
    'ERR_CONFIG',
    `The detector was made with another ${kind} model than ${folder} is now${head}. Give its folder: --${kind}.`,
  );
}

async function modelsOf(
  {models}: FittedDetector,
  {engine, clip, classifier}: LoadDetectorOptions,
): Promise<ReadingModels> {
  const all: ReadingModels = {};
  if (models.clip) all.clip = await Clip.load(engine, await folderOf('clip', models.clip, clip));
  if (models.classifier) {
    const folder = await folderOf('classifier', models.classifier, classifier);
    const model = await Classifier.load(engine, folder, {head: models.classifier.head});
    const widths = {features: model.featureSize, logits: model.config.labels.length};
    const preprocessing = (await readPreprocessorConfig(folder)) ?? clipPreprocessing();
    all.classifier = {model, preprocessing, fingerprint: models.classifier.fingerprint, widths};
  }
  return all;
}

/**
 * A detector of any kind from its folder: a run's own, or one that an evaluation has fitted.
 *
 * @throws SynoodError ERR_MODEL_FORMAT if it is damaged or was changed, ERR_CONFIG if its models are others now
 */
export async function loadDetector(folder: string, options: LoadDetectorOptions): Promise<LoadedDetector> {
  if (!(await isFittedDetector(folder))) {
    const detector = await Detector.load(folder, options);
    return {
      title: 'SynOOD',
      threshold: detector.threshold,
      score: (images, more) => detector.score(images, more),
    };
  }
  const detector = await FittedDetector.load(folder);
  const models = await modelsOf(detector, options);
  const {engine} = options;
  return {
    title: detector.kind.title,
    threshold: detector.threshold,
    score: (images, {batchSize, signal}) => detector.scoreImages(images, models, {engine, batchSize, signal}),
  };
}
