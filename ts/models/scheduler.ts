import type {FloatTensor, NativeScheduler, Tensor} from '../binding/contract.js';
import {loadAddon} from '../binding/addon.js';
import {SynoodError} from '../binding/errors.js';
import {toSynoodError} from '../engine/native-call.js';
import {locateLibraries} from '../engine/native-libraries.js';
import {parseSchedulerConfig, type SchedulerConfig} from './scheduler-config.js';

export interface SchedulerOptions {
  /** a class of diffusers in place of the configuration's own, with its defaults for what is left out */
  className?: string;
  /** of the noise that stochastic schedulers draw when a step is given none */
  seed?: number | bigint;
  /** a folder with lib/ and include/, instead of looking for LibTorch */
  libtorch?: string;
}

export interface SchedulerStepOptions {
  /** for stochastic schedulers, in the sample's shape; otherwise drawn from the seed */
  noise?: Tensor;
  /** DDIM only: share of fresh noise; default 0 */
  eta?: number;
}

/**
 * From noise to a sample, as diffusers' scheduler of the same class does it. Samples are float tensors of any one
 * shape. Calls are small and computed at once.
 */
export class Scheduler {
  /** Made by createScheduler. */
  constructor(
    readonly config: SchedulerConfig,
    private readonly native: NativeScheduler,
  ) {}

  /**
   * Begins a run: of so many steps, or of descending times of one's own (euler, dpmsolver_multistep, lcm).
   *
   * @throws SynoodError ERR_VALUE for a number that cannot be, ERR_CONFIG where the class has a fixed stride
   */
  setTimesteps(steps: number | number[]): void {
    if (typeof steps === 'number' && !Number.isInteger(steps)) {
      throw new SynoodError('ERR_VALUE', `Expected a whole number of steps, got ${steps}.`);
    }
    call(() => this.native.setTimesteps(steps));
  }

  /** When the model is called, descending; empty before setTimesteps. PNDM's second time stands there twice. */
  get timesteps(): number[] {
    return call(() => this.native.timesteps());
  }

  /** Noise levels, the final one included; empty where the class counts in alphas. */
  get sigmas(): number[] {
    return call(() => this.native.sigmas());
  }

  /** What pure noise is multiplied by at the beginning. */
  get initNoiseSigma(): number {
    return call(() => this.native.initNoiseSigma());
  }

  /** What the model is given in place of the sample. */
  scaleModelInput(sample: Tensor, timestep: number): FloatTensor {
    return call(() => this.native.scaleModelInput(sample, timestep));
  }

  /**
   * The sample at the next time.
   *
   * @throws SynoodError ERR_VALUE if the time is none of `timesteps`, or noise is needed and there is no seed
   */
  step(
    modelOutput: Tensor,
    timestep: number,
    sample: Tensor,
    options: SchedulerStepOptions = {},
  ): FloatTensor {
    return call(() => this.native.step(modelOutput, timestep, sample, options));
  }

  /** A clean sample at the noise level of a time, or of one time for each row. */
  addNoise(sample: Tensor, noise: Tensor, timesteps: number | number[]): FloatTensor {
    const times = typeof timesteps === 'number' ? [timesteps] : timesteps;
    return call(() => this.native.addNoise(sample, noise, times));
  }
}

function call<T>(body: () => T): T {
  try {
    return body();
  } catch (thrown) {
    throw toSynoodError(thrown);
  }
}

const isSpec = (config: object): config is SchedulerConfig => 'kind' in config && 'betaStart' in config;

/**
 * A scheduler by itself, from any scheduler_config.json of a class that is supported, or from a configuration that
 * readSchedulerConfig gave. It needs no engine.
 *
 *     const scheduler = createScheduler({_class_name: 'EulerDiscreteScheduler', beta_schedule: 'scaled_linear'});
 *     scheduler.setTimesteps(20);
 *     let sample = noise;   // times scheduler.initNoiseSigma
 *     for (const t of scheduler.timesteps) {
 *       sample = scheduler.step(model(scheduler.scaleModelInput(sample, t), t), t, sample);
 *     }
 *
 * @throws SynoodError ERR_MODEL_FORMAT naming the key and what is supported; ERR_LIBTORCH without LibTorch
 */
export function createScheduler(config: object, options: SchedulerOptions = {}): Scheduler {
  const {className, seed} = options;
  const spec = isSpec(config) ? config : parseSchedulerConfig(config, 'scheduler config', {className});
  const libraries = locateLibraries({libtorch: options.libtorch});
  const native = call(() => loadAddon().createScheduler(libraries, spec));
  if (seed !== undefined) call(() => native.setSeed(seed));
  return new Scheduler(spec, native);
}
