import {resolve} from 'node:path';
import type {z} from 'zod';
import type {NamedTensor} from '../../binding/contract.js';
import {SynoodError} from '../../binding/errors.js';
import {hashJson} from '../../data/files/canonical-hash.js';
import type {EngineCore} from '../../engine/engine-core.js';
import type {TrainingStep} from '../curves.js';
import {type FitPlan, type FitResult, fit} from '../fit.js';
import type {CommonSettings} from './settings.js';

export interface LeftOut {
  what: string;
  reason: string;
}

/** What a training works with beside its configuration. */
export interface JobContext {
  engine: EngineCore;
  /** what relative paths are relative to */
  folder: string;
  signal?: AbortSignal;
  onStep?: (name: string, step: TrainingStep, total: number) => void;
  /** samples that are read or encoded before training */
  onPrepare?: (done: number, total: number) => void;
  /** bytes of pixels that are kept decoded; of more, each step's are decoded anew. Changes no byte of a result */
  pixelMemory?: number;
}

export interface JobOutcome {
  out: string;
  /** relative to `out` */
  files: string[];
  trainings: Record<string, FitResult>;
  leftOut: LeftOut[];
}

/** One kind of training: what its configuration holds, and how it runs. */
export interface TrainingJob<C = unknown> {
  name: string;
  about: string;
  schema: z.ZodType<C>;
  /** a configuration to start from */
  example: Record<string, unknown>;
  run(config: C, context: JobContext): Promise<JobOutcome>;
}

export const at = ({folder}: JobContext, path: string): string => resolve(folder, path);

/** @throws SynoodError ERR_CONFIG telling which of some settings are to be there, unless exactly one is */
export function expectOne(settings: Record<string, unknown>): void {
  const given = Object.entries(settings).filter(([, value]) => value !== undefined);
  if (given.length === 1) return;
  const names = Object.keys(settings).map((name) => `"${name}"`);
  throw new SynoodError(
    'ERR_CONFIG',
    `Expected one of ${names.join(' and ')} in the configuration, got ${given.length === 0 ? 'none' : 'both'}.`,
  );
}

export interface JobPlan extends Pick<FitPlan, 'trainer' | 'source' | 'name'> {
  training: string;
  settings: CommonSettings;
  /** all that its bytes depend on beside the settings: fingerprints of models and data */
  inputs: unknown;
}

export function runFit(plan: JobPlan, context: JobContext): Promise<FitResult> {
  const {trainer, source, name, training, settings, inputs} = plan;
  const {out, seed, epochs, batchSize, checkpointEvery, ...rest} = settings;
  // How often a checkpoint is written changes no byte of the result.
  const identity = hashJson({seed, epochs, batchSize, rest, inputs, samples: source.count, name});
  const {signal, onStep} = context;
  return fit(
    {
      trainer,
      source,
      name,
      seed,
      epochs,
      batchSize,
      checkpointEvery,
      out: at(context, out),
      owner: {training, identity},
    },
    {signal, onStep: (step, total) => onStep?.(name, step, total)},
  );
}

/** A model's state with what was trained in its place. */
export function withTrained(state: NamedTensor[], trained: NamedTensor[]): NamedTensor[] {
  const better = new Map(trained.map((entry) => [entry.name, entry]));
  return state.map((entry) => better.get(entry.name) ?? entry);
}
