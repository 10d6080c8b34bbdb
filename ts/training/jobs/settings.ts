import {z} from 'zod';
import type {OptimizerOptions, TrainerOptions} from '../../binding/contract.js';

export const count = z.number().int().positive();
export const path = z.string().min(1);

export interface OptimizerDefaults {
  kind: 'adam' | 'adamw' | 'sgd';
  learningRate: number;
  finalLearningRate?: number;
  weightDecay?: number;
  momentum?: number;
  betas?: [number, number];
  warmupSteps?: number;
  maxGradientNorm?: number;
  decayMatricesOnly?: boolean;
}

export const optimizerSchema = (defaults: OptimizerDefaults) =>
  z
    .strictObject({
      kind: z
        .enum(['adam', 'adamw', 'sgd'])
        .default(defaults.kind)
        .describe('L2 in the gradient, decoupled decay, or descent with momentum'),
      learningRate: z.number().positive().default(defaults.learningRate),
      schedule: z.enum(['cosine', 'constant']).default('cosine').describe('after the warm-up'),
      finalLearningRate: z
        .number()
        .min(0)
        .default(defaults.finalLearningRate ?? 0)
        .describe('at the end of the cosine'),
      warmupSteps: z
        .number()
        .int()
        .min(0)
        .default(defaults.warmupSteps ?? 0)
        .describe('linear'),
      weightDecay: z
        .number()
        .min(0)
        .default(defaults.weightDecay ?? 0),
      decayMatricesOnly: z
        .boolean()
        .default(defaults.decayMatricesOnly ?? false)
        .describe('norms, biases and single numbers do not decay'),
      momentum: z
        .number()
        .min(0)
        .max(1)
        .default(defaults.momentum ?? 0)
        .describe('of sgd'),
      betas: z
        .tuple([z.number(), z.number()])
        .default(defaults.betas ?? [0.9, 0.999])
        .describe('of adam and adamw'),
      eps: z.number().positive().default(1e-8),
      maxGradientNorm: z
        .number()
        .min(0)
        .default(defaults.maxGradientNorm ?? 0)
        .describe('0: gradients are not clipped'),
    })
    .prefault({});

/** What every training has. */
export const commonShape = (defaults: {epochs: number; batchSize: number; optimizer: OptimizerDefaults}) => ({
  out: path.describe('folder of the results, the log and the checkpoint'),
  seed: z.number().int().nonnegative().default(0),
  epochs: count.default(defaults.epochs).describe('passes over the samples'),
  batchSize: count.default(defaults.batchSize).describe('samples in each update'),
  accumulation: count
    .default(1)
    .describe('parts that a batch is computed in, to save memory; divides batchSize'),
  optimizer: optimizerSchema(defaults.optimizer),
  emaDecay: z
    .number()
    .min(0)
    .lt(1)
    .default(0)
    .describe('of an average of the parameters, which is then the result; 0: none'),
  precision: z
    .enum(['float32', 'bfloat16', 'float16'])
    .default('float32')
    .describe('of the forward pass, on a GPU'),
  checkpointEvery: count.default(100).describe('steps'),
});

export const augmentationSchema = z
  .strictObject({
    minimumShare: z
      .number()
      .positive()
      .max(1)
      .default(1)
      .describe('of the image that a random crop keeps at least'),
    flip: z.boolean().default(false).describe('left and right, half of the time'),
    jitter: z.number().min(0).lt(1).default(0).describe('of brightness and contrast'),
  })
  .prefault({});

export interface CommonSettings {
  out: string;
  seed: number;
  epochs: number;
  batchSize: number;
  accumulation: number;
  optimizer: z.output<ReturnType<typeof optimizerSchema>>;
  emaDecay: number;
  precision: 'float32' | 'bfloat16' | 'float16';
  checkpointEvery: number;
}

function optimizerOptions(o: CommonSettings['optimizer'], totalSteps: number): OptimizerOptions {
  const {schedule, betas, ...rest} = o;
  return {...rest, beta1: betas[0], beta2: betas[1], totalSteps: schedule === 'cosine' ? totalSteps : 0};
}

/** The steps of so many epochs over `samples`, as epochOrder makes them. */
export const stepsFor = ({epochs, batchSize}: {epochs: number; batchSize: number}, samples: number): number =>
  Math.ceil((epochs * samples) / Math.min(batchSize, samples));

export function trainerOptions(settings: CommonSettings, samples: number): TrainerOptions {
  const {seed, accumulation, emaDecay, precision, optimizer} = settings;
  return {
    optimizer: optimizerOptions(optimizer, stepsFor(settings, samples)),
    seed,
    accumulation,
    emaDecay,
    precision,
  };
}
