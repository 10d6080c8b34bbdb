import {hashJson} from '../data/files/canonical-hash.js';
import {adoptStage} from './adopt-stage.js';
import {checkAborted, type LeftOut, type RunContext} from './run-context.js';

export const stageNames = [
  'select',
  'contexts',
  'synthesize',
  'mine',
  'finetune',
  'evaluate',
  'report',
] as const;

export type StageName = (typeof stageNames)[number];

/** A step of the method: it reads and writes the run directory only, so that it can be done on its own. */
export interface Stage {
  name: StageName;
  /** Files and folders of the run directory that it makes. */
  outputs: string[];
  /** Everything of the stage that another run directory with the same inputs can take over. */
  portable?: readonly string[];
  /** Stages whose outputs it reads; default: all before it. */
  needs?(config: RunContext['config']): readonly StageName[];
  /** Everything that the outputs depend on, as JSON; hashed. */
  inputs(run: RunContext): Promise<unknown>;
  /** Makes the outputs; goes on from what an interrupted run with the same inputs has left. */
  run(run: RunContext, inputHash: string): Promise<Record<string, unknown>>;
}

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

function isLeftOut(row: unknown): row is LeftOut {
  if (typeof row !== 'object' || row === null || !('what' in row) || !('reason' in row)) return false;
  return typeof row.what === 'string' && typeof row.reason === 'string';
}

/** What the stages of a run left out, in their order. */
export function leftOutOf(run: Pick<RunContext, 'directory'>): LeftOut[] {
  const {stages} = run.directory.record;
  // run.json may be damaged: what is no such row is passed over.
  const all = stageNames.flatMap((name) => [stages[name]?.['leftOut']].flat()).filter(isLeftOut);
  const seen = new Set<string>();
  return all.filter(({what}) => !seen.has(what) && seen.add(what));
}
