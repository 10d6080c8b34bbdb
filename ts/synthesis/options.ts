import type {FloatTensor, PixelTransformSpec, SchedulerSpec, SynthesisOptions} from '../binding/contract.js';
import {SynoodError} from '../binding/errors.js';
import type {Classifier} from '../models/classifier.js';
import type {Clip} from '../models/clip.js';
import type {Inpainter} from '../models/inpainter.js';

/** CLIP's zero-shot logits: logitScale * cos(image, label). */
export interface ZeroShotScore {
  model: Clip;
  /** (K, D), of any length */
  labelFeatures: FloatTensor;
  /** default: the model's own */
  logitScale?: number;
}

/** Through how much of the denoising the gradient goes. */
export type NoiseGradient = 'skip' | 'exact' | {truncated: number};

export type Objective = 'energy' | 'msp' | 'max-logit' | 'authors' | 'reference';

export interface SynthesizerOptions {
  inpainter: Inpainter;
  /** whose logits tell how near an image is to the boundary; this or `clip` */
  classifier?: Classifier;
  clip?: ZeroShotScore;
  /** the scoring model's preprocessing of a generated image */
  transform: PixelTransformSpec;
  /** where in-distribution ends: see calibrateBoundary */
  boundary: number;
  /** accepted when |score - boundary| is at most this */
  tolerance: number;
  /** of the boundary: within the tolerance on both sides (default), or on one only */
  side?: 'both' | 'inside' | 'outside';
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
  /**
   * default 'energy'. All but one are (score - boundary)^2 with a score of the logits: 'energy' T logsumexp(l / T),
   * 'msp' max softmax(l / T), 'max-logit', 'authors' logsumexp(l) - mean(l). 'reference' is the authors' own loss, which
   * never stops at a boundary and reports the energy.
   */
  objective?: Objective;
  temperature?: number;
  /** default 'skip', the paper's; 'exact' and {truncated: k} go through the denoiser's calls, all or the last k */
  gradient?: NoiseGradient;
  /** take what the gradient leaves out of the chain as its linear part, not as the identity; default false */
  chainFactor?: boolean;
  latentGradient?: 'unscaled' | 'scaled';
  /** at saturated pixels: no gradient (default), or as if they were not */
  saturation?: 'clamp' | 'straight-through';
  /** bring moved noise back to mean 0 and deviation 1; default false */
  restandardise?: boolean;
  /** default 'normalised'; 'line-search' takes a step that went over the boundary back and halves it */
  stepRule?: 'normalised' | 'fixed' | 'line-search';
  stepSize?: number;
  maxIterations?: number;
  /** a sample that is not accepted begins anew, that many times, each with a seed of its own; default 0 */
  retries?: number;
  /** side in pixels of a small picture of every iteration's image; default 0, none */
  previews?: number;
  /** compute blocks again on the way back, for less memory; default: for all gradients but 'skip' */
  gradientCheckpointing?: boolean;
  /** the published run, step for step: see docs/method.md. What is given beside it wins. */
  reference?: boolean;
}

/** Step 10 on a mean over the batch: the authors' steps depend on the batch size, each sample's here does not. */
const PUBLISHED_STEP = 10;

function published(batchSize: number, scheduler: SchedulerSpec): Partial<SynthesisOptions> {
  return {
    steps: 20,
    strength: 0.6,
    guidanceScale: 8,
    scheduler: {...scheduler, kind: 'pndm', skipPrkSteps: true},
    objective: 'reference',
    gradient: 'skip',
    latentGradient: 'unscaled',
    stepRule: 'fixed',
    stepSize: PUBLISHED_STEP / batchSize,
    maxIterations: 3,
  };
}

function gradientOf(gradient: NoiseGradient): Pick<SynthesisOptions, 'gradient' | 'gradientSteps'> {
  return typeof gradient === 'string'
    ? {gradient}
    : {gradient: 'truncated', gradientSteps: gradient.truncated};
}

const given = <T extends object>(values: T): Partial<T> =>
  Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as Partial<T>;

/** What the core is told, with every default. @throws SynoodError ERR_CONFIG if nothing is there to score with */
export function nativeOptions(options: SynthesizerOptions, side: number): SynthesisOptions {
  const {inpainter, clip, objective, gradient, batchSize = 2} = options;
  if ((options.classifier === undefined) === (clip === undefined)) {
    throw new SynoodError('ERR_CONFIG', 'Expected a classifier or clip to score with, one of the two.');
  }
  const scheduler = options.scheduler ?? inpainter.scheduler;
  return {
    batchSize,
    height: side,
    width: side,
    steps: 20,
    strength: 0.6,
    guidanceScale: 8,
    scheduler,
    objective: 'energy',
    temperature: 1,
    boundary: options.boundary,
    tolerance: options.tolerance,
    latentGradient: 'unscaled',
    stepRule: 'normalised',
    stepSize: 0.2,
    maxIterations: 6,
    transform: options.transform,
    ...(options.reference ? published(batchSize, scheduler) : {}),
    ...given({
      steps: options.steps,
      strength: options.strength,
      guidanceScale: options.guidanceScale,
      objective: objective === 'max-logit' ? 'max_logit' : objective,
      temperature: options.temperature,
      side: options.side,
      chainFactor: options.chainFactor,
      latentGradient: options.latentGradient,
      saturation: options.saturation,
      restandardise: options.restandardise,
      stepRule: options.stepRule,
      stepSize: options.stepSize,
      maxIterations: options.maxIterations,
    }),
    ...(gradient === undefined ? {} : gradientOf(gradient)),
    gradientCheckpointing: options.gradientCheckpointing ?? (gradient !== undefined && gradient !== 'skip'),
    ...(clip && {
      clip: clip.model.native,
      labelFeatures: clip.labelFeatures,
      logitScale: clip.logitScale ?? 0,
    }),
  } as SynthesisOptions;
}
