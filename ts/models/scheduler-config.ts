import {z} from 'zod';
import type {SchedulerSpec} from '../binding/contract.js';
import {checkConfig, positiveInteger, readConfig, requireSupported, unsupported} from './config-file.js';

/** scheduler_config.json of diffusers, with the defaults of its class filled in. */
export type SchedulerConfig = SchedulerSpec;

const KINDS: Record<string, SchedulerConfig['kind']> = {DDIMScheduler: 'ddim', PNDMScheduler: 'pndm'};

// Where two classes differ in what an absent key means.
const CLASS_DEFAULTS = {
  ddim: {setAlphaToOne: true, clipSample: true},
  pndm: {setAlphaToOne: false, clipSample: false},
} as const;

const schema = z.object({
  _class_name: z.string().nullish(),
  num_train_timesteps: positiveInteger.default(1000),
  beta_start: z.number().positive().default(0.0001),
  beta_end: z.number().positive().default(0.02),
  beta_schedule: z.enum(['linear', 'scaled_linear', 'squaredcos_cap_v2']).default('linear'),
  prediction_type: z.enum(['epsilon', 'v_prediction', 'sample']).default('epsilon'),
  timestep_spacing: z.enum(['leading', 'trailing', 'linspace']).default('leading'),
  steps_offset: z.number().int().nonnegative().default(0),
  set_alpha_to_one: z.boolean().nullish(),
  clip_sample: z.boolean().nullish(),
  clip_sample_range: z.number().positive().default(1),
  skip_prk_steps: z.boolean().default(false),
  rescale_betas_zero_snr: z.boolean().default(false),
});

export interface SchedulerConfigOptions {
  /** Use this class of diffusers instead of the file's, with its defaults for what the file leaves out. */
  className?: string;
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
  const config = checkConfig(schema, json, file);
  const className = options.className ?? config._class_name;
  const kind = className && Object.hasOwn(KINDS, className) ? KINDS[className]! : undefined;
  if (kind === undefined) throw unsupported(file, '_class_name', className, Object.keys(KINDS));
  requireSupported(json, file, {trained_betas: [null], thresholding: [false]});
  const defaults = CLASS_DEFAULTS[kind];
  return {
    kind,
    numTrainTimesteps: config.num_train_timesteps,
    betaStart: config.beta_start,
    betaEnd: config.beta_end,
    betaSchedule: config.beta_schedule,
    predictionType: config.prediction_type,
    timestepSpacing: config.timestep_spacing,
    stepsOffset: config.steps_offset,
    setAlphaToOne: config.set_alpha_to_one ?? defaults.setAlphaToOne,
    // PNDM has no clipping: files that were DDIM's before keep the key.
    clipSample: kind === 'ddim' && (config.clip_sample ?? defaults.clipSample),
    clipSampleRange: config.clip_sample_range,
    skipPrkSteps: config.skip_prk_steps,
    rescaleBetasZeroSnr: kind === 'ddim' && config.rescale_betas_zero_snr,
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
