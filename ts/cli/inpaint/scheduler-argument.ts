import {join} from 'node:path';
import {readSchedulerConfig, type SchedulerConfig} from '../../models/scheduler-config.js';
import {SCHEDULER_NAMES, type SchedulerName} from '../../models/scheduler-names.js';

/**
 * Another scheduler for a model, with the noise schedule that the model was trained on.
 *
 * @param name  a short name, or a class of diffusers
 * @throws SynoodError ERR_MODEL_FORMAT naming the schedulers that there are
 */
export function schedulerOf(model: string, name: string): Promise<SchedulerConfig> {
  const className = Object.hasOwn(SCHEDULER_NAMES, name) ? SCHEDULER_NAMES[name as SchedulerName] : name;
  return readSchedulerConfig(join(model, 'scheduler'), {className});
}
