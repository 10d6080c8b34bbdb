import type {Engine} from '../models/engine.js';
import type {RunConfig} from './config/schema.js';
import type {RunContext} from './run-context.js';
import {RunData} from './run-data.js';
import {RunDirectory} from './run-directory.js';
import {RunModels} from './run-models.js';
import {worldData} from './world.js';

/** A run directory for somebody who writes nothing into it. The caller disposes of its models. */
export async function lookAtRun(
  config: RunConfig,
  out: string,
  options: Partial<Pick<RunContext, 'signal' | 'progress' | 'leaveOut'>> & {engine?: Engine} = {},
): Promise<RunContext> {
  const directory = await RunDirectory.look(out);
  const whole = worldData(config, directory.path);
  return {
    directory,
    config: whole,
    data: new RunData(whole),
    models: new RunModels(whole, options.engine),
    signal: options.signal,
    progress: options.progress ?? (() => undefined),
    leaveOut: options.leaveOut ?? (() => undefined),
  };
}
