import type {SchedulerSpec} from '../binding/contract.js';

type Defaults = Pick<
  SchedulerSpec,
  'betaStart' | 'betaEnd' | 'betaSchedule' | 'timestepSpacing' | 'setAlphaToOne' | 'clipSample' | 'solverType'
>;
type SolverType = NonNullable<SchedulerSpec['solverType']>;
type AlgorithmType = NonNullable<SchedulerSpec['algorithmType']>;

/** A scheduler of diffusers: what an absent key means to it, which options it has, which values are computed here. */
export interface SchedulerClass {
  kind: SchedulerSpec['kind'];
  defaults: Defaults;
  has: {clipping: boolean; zeroSnr: boolean; karras: boolean};
  /** by key of the file; the first value is the class's default */
  supported: Record<string, readonly unknown[]>;
  solverTypes?: Record<string, SolverType>;
  algorithmTypes?: Record<string, AlgorithmType>;
}

const LINEAR: Defaults = {
  betaStart: 0.0001,
  betaEnd: 0.02,
  betaSchedule: 'linear',
  timestepSpacing: 'leading',
  setAlphaToOne: false,
  clipSample: false,
};

const OTHER_SIGMAS = {use_exponential_sigmas: [false, null], use_beta_sigmas: [false, null]};
const FLOW = {use_flow_sigmas: [false, null], use_dynamic_shifting: [false, null]};
const OWN_ENDS = {sigma_min: [null], sigma_max: [null]};

/** By diffusers' class name. */
export const SCHEDULER_CLASSES: Record<string, SchedulerClass> = {
  DDIMScheduler: {
    kind: 'ddim',
    defaults: {...LINEAR, setAlphaToOne: true, clipSample: true},
    has: {clipping: true, zeroSnr: true, karras: false},
    supported: {},
  },
  PNDMScheduler: {
    kind: 'pndm',
    defaults: LINEAR,
    has: {clipping: false, zeroSnr: false, karras: false},
    supported: {},
  },
  EulerDiscreteScheduler: {
    kind: 'euler',
    defaults: {...LINEAR, timestepSpacing: 'linspace'},
    has: {clipping: false, zeroSnr: true, karras: true},
    supported: {
      ...OTHER_SIGMAS,
      ...OWN_ENDS,
      interpolation_type: ['linear'],
      timestep_type: ['discrete'],
    },
  },
  EulerAncestralDiscreteScheduler: {
    kind: 'euler_ancestral',
    defaults: {...LINEAR, timestepSpacing: 'linspace'},
    has: {clipping: false, zeroSnr: true, karras: false},
    supported: {},
  },
  DPMSolverMultistepScheduler: {
    kind: 'dpmsolver_multistep',
    defaults: {...LINEAR, timestepSpacing: 'linspace', solverType: 'midpoint'},
    has: {clipping: false, zeroSnr: true, karras: true},
    supported: {...OTHER_SIGMAS, ...FLOW, use_lu_lambdas: [false, null], variance_type: [null]},
    solverTypes: {midpoint: 'midpoint', heun: 'heun', logrho: 'midpoint', bh1: 'midpoint', bh2: 'midpoint'},
    algorithmTypes: {
      'dpmsolver++': 'dpmsolver++',
      'sde-dpmsolver++': 'sde-dpmsolver++',
      deis: 'dpmsolver++',
    },
  },
  UniPCMultistepScheduler: {
    kind: 'unipc_multistep',
    defaults: {...LINEAR, timestepSpacing: 'linspace', solverType: 'bh2'},
    has: {clipping: false, zeroSnr: true, karras: true},
    supported: {
      ...OTHER_SIGMAS,
      ...FLOW,
      ...OWN_ENDS,
      predict_x0: [true],
      solver_p: [null],
    },
    solverTypes: {bh1: 'bh1', bh2: 'bh2', midpoint: 'bh2', heun: 'bh2', logrho: 'bh2'},
  },
  LCMScheduler: {
    kind: 'lcm',
    defaults: {
      ...LINEAR,
      betaStart: 0.00085,
      betaEnd: 0.012,
      betaSchedule: 'scaled_linear',
      setAlphaToOne: true,
    },
    has: {clipping: true, zeroSnr: true, karras: false},
    supported: {},
  },
};
