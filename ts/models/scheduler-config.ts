import {z} from 'zod';
import type {SchedulerSpec} from '../binding/contract.js';
import {checkConfig, positiveInteger, readConfig, requireSupported, unsupported} from './config-file.js';
import {SCHEDULER_CLASSES, type SchedulerClass} from './scheduler-classes.js';

/** scheduler_config.json of diffusers, with the defaults of its class filled in. */
export type SchedulerConfig = SchedulerSpec;

// JSON has no infinity, yet Python's writes one.
const anyNumber = z.custom<number>((value) => typeof value === 'number' && !Number.isNaN(value), 'a number');

const schema = z.object({
  _class_name: z.string().nullish(),
  _use_default_values: z.array(z.string()).nullish(),
  num_train_timesteps: positiveInteger.default(1000),
  beta_start: z.number().positive().nullish(),
  beta_end: z.number().positive().nullish(),
  beta_schedule: z.enum(['linear', 'scaled_linear', 'squaredcos_cap_v2']).nullish(),
  prediction_type: z.enum(['epsilon', 'v_prediction', 'sample']).default('epsilon'),
  timestep_spacing: z.enum(['leading', 'trailing', 'linspace']).nullish(),
  steps_offset: z.number().int().nonnegative().default(0),
  set_alpha_to_one: z.boolean().nullish(),
  clip_sample: z.boolean().nullish(),
  clip_sample_range: z.number().positive().default(1),
  skip_prk_steps: z.boolean().default(false),
  rescale_betas_zero_snr: z.boolean().default(false),
  use_karras_sigmas: z.boolean().nullish(),
  final_sigmas_type: z.enum(['zero', 'sigma_min']).default('zero'),
  solver_order: positiveInteger.default(2),
  algorithm_type: z.string().default('dpmsolver++'),
  solver_type: z.string().nullish(),
  lower_order_final: z.boolean().default(true),
  euler_at_final: z.boolean().default(false),
  lambda_min_clipped: anyNumber.default(-Infinity),
  disable_corrector: z.array(z.number().int()).default([]),
  original_inference_steps: positiveInteger.default(50),
  timestep_scaling: z.number().positive().default(10),
});

export interface SchedulerConfigOptions {
  /** Use this class of diffusers instead of the file's, with its defaults for what the file leaves out. */
  className?: string;
}

/** What the file says itself: keys that only repeat the defaults of the class that wrote it mean nothing to another. */
function stated(json: unknown): unknown {
  const defaulted = (json as {_use_default_values?: unknown} | null)?._use_default_values;
  if (!Array.isArray(defaulted)) return json;
  return Object.fromEntries(Object.entries(json as object).filter(([key]) => !defaulted.includes(key)));
}

function classOf(name: string | null | undefined, file: string): SchedulerClass {
  const known = name && Object.hasOwn(SCHEDULER_CLASSES, name) ? SCHEDULER_CLASSES[name] : undefined;
  if (!known) throw unsupported(file, '_class_name', name, Object.keys(SCHEDULER_CLASSES));
  return known;
}

/** A word of the file as its class understands it: older words stand for newer ones. */
function word<T extends string>(
  file: string,
  key: string,
  value: string,
  words: Record<string, T> | undefined,
): T | undefined {
  if (!words) return undefined;
  if (!Object.hasOwn(words, value)) throw unsupported(file, key, value, Object.keys(words));
  return words[value];
}

/**
 * A scheduler_config.json.
 *
 * @throws SynoodError ERR_MODEL_FORMAT naming file, key and what is supported
 */
export function parseSchedulerConfig(
  json: unknown,
  file = 'scheduler_config.json',
  options: SchedulerConfigOptions = {},
): SchedulerConfig {
  const own = stated(json);
  const config = checkConfig(schema, own, file);
  const {kind, defaults, has, supported, solverTypes, algorithmTypes} = classOf(
    options.className ?? config._class_name,
    file,
  );
  requireSupported(own, file, {trained_betas: [null], thresholding: [false], ...supported});
  const {solverType = 'midpoint', ...others} = defaults;
  return {
    kind,
    numTrainTimesteps: config.num_train_timesteps,
    betaStart: config.beta_start ?? others.betaStart,
    betaEnd: config.beta_end ?? others.betaEnd,
    betaSchedule: config.beta_schedule ?? others.betaSchedule,
    predictionType: config.prediction_type,
    timestepSpacing: config.timestep_spacing ?? others.timestepSpacing,
    stepsOffset: config.steps_offset,
    setAlphaToOne: config.set_alpha_to_one ?? others.setAlphaToOne,
    // Files that were another class's before keep keys that mean nothing to this one.
    clipSample: has.clipping && (config.clip_sample ?? others.clipSample),
    clipSampleRange: config.clip_sample_range,
    skipPrkSteps: config.skip_prk_steps,
    rescaleBetasZeroSnr: has.zeroSnr && config.rescale_betas_zero_snr,
    useKarrasSigmas: has.karras && (config.use_karras_sigmas ?? false),
    finalSigmasType: has.karras ? config.final_sigmas_type : 'zero',
    solverOrder: config.solver_order,
    algorithmType: word(file, 'algorithm_type', config.algorithm_type, algorithmTypes) ?? 'dpmsolver++',
    solverType: word(file, 'solver_type', config.solver_type ?? solverType, solverTypes) ?? solverType,
    lowerOrderFinal: config.lower_order_final,
    eulerAtFinal: config.euler_at_final,
    lambdaMinClipped: config.lambda_min_clipped,
    disableCorrector: config.disable_corrector,
    originalInferenceSteps: config.original_inference_steps,
    timestepScaling: config.timestep_scaling,
  };
}

/** Reads the scheduler_config.json of a folder. @throws SynoodError ERR_MODEL_FORMAT or ERR_IO */
export async function readSchedulerConfig(
  folder: string,
  options: SchedulerConfigOptions = {},
): Promise<SchedulerConfig> {
  const {json, file} = await readConfig(folder, 'scheduler_config.json');
  return parseSchedulerConfig(json, file, options);
}
