/** Short names of diffusers' scheduler classes, for options and configurations. */
export const SCHEDULER_NAMES = {
  ddim: 'DDIMScheduler',
  pndm: 'PNDMScheduler',
  euler: 'EulerDiscreteScheduler',
  'euler-ancestral': 'EulerAncestralDiscreteScheduler',
  'dpm++': 'DPMSolverMultistepScheduler',
  unipc: 'UniPCMultistepScheduler',
  lcm: 'LCMScheduler',
} as const;

export type SchedulerName = keyof typeof SCHEDULER_NAMES;

export const schedulerNames = Object.keys(SCHEDULER_NAMES) as SchedulerName[];
