import type {RunConfig} from '../pipeline/config/schema.js';
import type {RunSummary} from '../pipeline/run.js';
import type {StageName} from '../pipeline/stage.js';
import {stageSummary} from './output/stage-summary.js';
import type {Session} from './session.js';

/** Runs stages with progress, and with what they leave out named as it is found. */
export async function callPipeline(
  config: RunConfig,
  out: string,
  {signal, progress, commandLine}: Session,
  stages?: readonly StageName[],
): Promise<RunSummary> {
  const {runPipeline} = await import('../pipeline/run.js');
  return runPipeline(config, {
    out,
    signal,
    stages,
    command: commandLine,
    onProgress: (report) => progress.report(report),
    onStage: (outcome) => progress.finish(outcome.name, stageSummary(outcome)),
    onLeftOut: ({what, reason}) => progress.say(`left out: ${what}: ${reason}`),
  });
}
