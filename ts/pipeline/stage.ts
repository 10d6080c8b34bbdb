import type {LeftOut} from './left-out.js';
import type {RunContext} from './run-context.js';

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
