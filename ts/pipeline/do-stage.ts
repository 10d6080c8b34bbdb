import {hashJson} from '../data/files/canonical-hash.js';
import {adoptStage} from './adopt-stage.js';
import type {LeftOut} from './left-out.js';
import {checkAborted, type RunContext} from './run-context.js';
import type {Stage, StageName} from './stage.js';

export interface StageOutcome {
  name: StageName;
  status: 'done' | 'skipped';
  seconds: number;
  details: Record<string, unknown>;
}

/** Does a stage, unless it is done for the same inputs. What it left out stands in run.json beside its outputs. */
export async function doStage(run: RunContext, stage: Stage): Promise<StageOutcome> {
  checkAborted(run);
  const inputHash = hashJson({stage: stage.name, format: 1, inputs: await stage.inputs(run)});
  const {directory} = run;
  if (directory.isDone(stage.name, inputHash)) {
    return {name: stage.name, status: 'skipped', seconds: 0, details: directory.record.stages[stage.name]!};
  }
  await directory.forget(stage.name);
  const adopted = await adoptStage(run, stage, inputHash);
  if (adopted) return {name: stage.name, status: 'skipped', seconds: 0, details: adopted};
  const leftOut: LeftOut[] = [];
  const started = performance.now();
  const details = await stage.run(
    {
      ...run,
      leaveOut(what, reason) {
        leftOut.push({what, reason});
        run.leaveOut(what, reason);
      },
    },
    inputHash,
  );
  const seconds = Math.round((performance.now() - started) / 10) / 100;
  // Of the process so far, in bytes: what a machine must have.
  const peakMemory = process.resourceUsage().maxRSS * 1024;
  const all = {...details, leftOut, seconds, peakMemory};
  await directory.markDone(stage.name, inputHash, {outputs: stage.outputs, details: all});
  return {name: stage.name, status: 'done', seconds, details: all};
}
