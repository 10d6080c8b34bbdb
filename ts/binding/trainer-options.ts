import type {SchedulerSpec} from './specs.js';

export interface OptimizerOptions {
  kind: 'adam' | 'adamw' | 'sgd';
  learningRate: number;
  weightDecay?: number;
  momentum?: number;
  beta1?: number;
  beta2?: number;
  eps?: number;
  finalLearningRate?: number;
  warmupSteps?: number;
  /** 0: a constant rate */
  totalSteps?: number;
  maxGradientNorm?: number;
  /** weight decay spares vectors and single numbers */
  decayMatricesOnly?: boolean;
}

/** Changes of 8-bit pixels, drawn anew for each sample of each step. */
export interface Augmentation {
  minimumShare?: number;
  flip?: boolean;
  jitter?: number;
}

/** LSN's learned contexts. */
export interface PromptSpec {
  side: 'positive' | 'negative';
  contexts: number;
  length: number;
}

/** One number a step in each list. */
export interface TrainingFigures {
  losses: number[];
  learningRates: number[];
  /** NaN where a loop has none */
  accuracies: number[];
  gradientNorms: number[];
}

/** See native/include/synood/training.h. */
export interface TrainerOptions {
  optimizer: OptimizerOptions;
  seed?: number | bigint;
  mean?: number[];
  std?: number[];
  klWeight?: number;
  mseWeight?: number;
  unconditionalShare?: number;
  emptyIds?: number[];
  scheduler?: SchedulerSpec;
  snrGamma?: number;
  labelSmoothing?: number;
  logitScale?: number;
  initialGain?: number;
  outlierWeight?: number;
  outlierStart?: number;
  logitNorm?: boolean;
  accumulation?: number;
  emaDecay?: number;
  precision?: 'float32' | 'bfloat16' | 'float16';
  trained?: string[];
  augmentation?: Augmentation;
  labelWeight?: number;
  doubleSoftmax?: boolean;
}
