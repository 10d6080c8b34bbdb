import {join} from 'node:path';
import {readSchedulerConfig, type SchedulerConfig} from '../../models/scheduler-config.js';

/** Short names of diffusers' classes. */
const CLASSES: Record<string, string> = {
  ddim: 'DDIMScheduler',
  pndm: 'PNDMScheduler',
  euler: 'EulerDiscreteScheduler',
  'euler-ancestral': 'EulerAncestralDiscreteScheduler',
  'dpm++': 'DPMSolverMultistepScheduler',
  unipc: 'UniPCMultistepScheduler',
  lcm: 'LCMScheduler',
};

export const schedulerNames = Object.keys(CLASSES);

/**
 * Another scheduler for a model, with the noise schedule that the model was trained on.
 *
 * @param name  a short name, or a class of diffusers
 * @throws SynoodError ERR_MODEL_FORMAT naming the schedulers that there are
 */
export function schedulerOf(model: string, name: string): Promise<SchedulerConfig> {
  const className = Object.hasOwn(CLASSES, name) ? CLASSES[name]! : name;
  return readSchedulerConfig(join(model, 'scheduler'), {className});
}
