import type {z} from 'zod';
import type {FloatTensor, ProjectionParameters, Tensor} from '../binding/contract.js';
import {SynoodError} from '../binding/errors.js';
import type {DetectionTools} from './compute.js';
import type {ImageReadings} from './readings.js';

/** A classifier's last layer: weight (C, F), bias (C). */
export interface Head {
  weight: FloatTensor;
  bias: FloatTensor;
}

/** Negative labels as NegMining chose them: text features, and the order in which they fall into groups. */
export interface NegativeLabels {
  /** (C, D) */
  classes: FloatTensor;
  /** (M, D) */
  negatives: FloatTensor;
  permutation: readonly number[];
}

/** What SynOOD trains (section 3.3). */
export interface TrainedSides {
  /** (M, D) */
  tunedNegatives: FloatTensor;
  projection: ProjectionParameters;
}

/** Images of a prompt in which the class's token has another embedding, as a classifier reads them. */
export interface RenderRequest {
  /** (M, W), in the space of the text encoder's token embeddings */
  embeddings: FloatTensor;
  /** of each row, the class whose token it stands in for */
  classes: readonly number[];
  template: string;
}

/** How a text branch that says "no" is come by, where none is given. */
export interface NegatedRequest {
  /** of the class names' prompts */
  template: string;
  /** training images of each class that it learns from */
  perClass: number;
  epochs: number;
  batchSize: number;
  learningRate: number;
}

/** How negative prompts are learned, where none are given. */
export interface PromptRequest {
  /** learned negative prompts of each class */
  negatives: number;
  /** tokens of a prompt's context */
  contextLength: number;
  perClass: number;
  epochs: number;
  positiveEpochs: number;
  batchSize: number;
}

/** All that detectors may be fitted from. A part that is absent was not given, and only those that need it mind. */
export interface FitData {
  /** names of the in-distribution classes */
  classes: readonly string[];
  /** in-distribution training images with the class of each */
  images: ImageReadings;
  labels: readonly number[];
  seed: number;
  /** the classifier's last layer */
  head?: () => Promise<Head>;
  /** text features (C, D) of the class names in a template with "{}" */
  concepts?: (template: string) => Promise<FloatTensor>;
  negativeLabels?: () => Promise<NegativeLabels>;
  trainedSides?: () => Promise<TrainedSides>;
  /** CLIPN: class and "no" text features (C, D) each */
  negatedConcepts?: (request: NegatedRequest) => Promise<{concepts: FloatTensor; negated: FloatTensor}>;
  /** LSN: class (C, D) and negative (K C, D) text features, prompt by prompt */
  learnedPrompts?: (request: PromptRequest) => Promise<{concepts: FloatTensor; negatives: FloatTensor}>;
  /** embeddings (C, W) of the class names' tokens, at the text encoder's input */
  tokenEmbeddings?: () => Promise<FloatTensor>;
  /** classifier features (M, F) of rendered images */
  render?: (request: RenderRequest) => Promise<FloatTensor>;
}

export type FitDataName = {
  [K in keyof FitData]-?: undefined extends FitData[K] ? K : never;
}[keyof FitData];

const WHAT: Record<FitDataName, string> = {
  head: 'an image classifier',
  concepts: 'a CLIP model',
  negativeLabels: 'negative labels',
  trainedSides: 'a run that was fine-tuned',
  negatedConcepts: "a text branch of CLIPN's no prompts",
  learnedPrompts: "LSN's learned prompts",
  tokenEmbeddings: 'a text encoder',
  render: 'an inpainter',
};

/** Why a kind cannot be fitted from the data, or undefined. */
export function missingOf(kind: Pick<DetectorKind, 'needs'>, data: FitData): string | undefined {
  const missing = kind.needs.filter((name) => data[name] === undefined);
  return missing.length > 0 ? `needs ${missing.map((name) => WHAT[name]).join(' and ')}` : undefined;
}

/** A part of the data. @throws SynoodError ERR_CONFIG naming what is not there */
export function required<K extends FitDataName>(data: FitData, name: K): NonNullable<FitData[K]> {
  const part = data[name];
  if (part !== undefined) return part as NonNullable<FitData[K]>;
  throw new SynoodError('ERR_CONFIG', `This detector needs ${WHAT[name]}, and none was given.`);
}

export interface FitTools extends DetectionTools {
  /** of a training, `done` of `total` steps */
  onProgress?: (progress: {stage: string; done: number; total: number}) => void;
}

/** What fitting leaves: safetensors by name. */
export type DetectorTensors = Record<string, Tensor>;

export interface Fitted<S> {
  settings: S;
  tensors: DetectorTensors;
}

/** A way to tell in- from out-of-distribution images; a file each in kinds/. Every score is higher in-distribution. */
export interface DetectorKind<S = Record<string, unknown>> {
  name: string;
  title: string;
  /** what the models and the training of the detector are */
  family: 'post-hoc' | 'clip' | 'outlier synthesis' | 'synood';
  /** the paper */
  source: string;
  /** hyper-parameters with the published defaults */
  settings: z.ZodType<S>;
  /** values that a search tries, one list for each hyper-parameter */
  search?: {[K in keyof S]?: readonly S[K][]};
  needs: readonly FitDataName[];
  /** which models scoring images takes */
  reads: readonly ('clip' | 'classifier')[];
  fit(data: FitData, settings: S, tools: FitTools): Promise<DetectorTensors>;
  score(images: ImageReadings, fitted: Fitted<S>, tools: DetectionTools): Promise<Float32Array>;
  /** the class of each image */
  classify(images: ImageReadings, fitted: Fitted<S>, tools: DetectionTools): Promise<number[]>;
}

/** A float tensor that a detector's folder must have. @throws SynoodError ERR_MODEL_FORMAT */
export function tensorOf({tensors}: Pick<Fitted<unknown>, 'tensors'>, name: string): FloatTensor {
  const tensor = tensors[name];
  if (tensor?.data instanceof Float32Array) return {data: tensor.data, shape: tensor.shape};
  throw new SynoodError(
    'ERR_MODEL_FORMAT',
    `The detector has no float tensor "${name}"; its tensors: ${Object.keys(tensors).join(', ') || 'none'}.`,
  );
}
