import {abortError} from '../engine/native-call.js';
import type {SkippedFile} from '../data/image-folder.js';
import type {RunConfig} from './config/schema.js';
import type {RunData} from './run-data.js';
import type {RunDirectory} from './run-directory.js';
import type {RunModels} from './run-models.js';

/** How a synthetic image ended. */
export interface MadeSample {
  accepted: boolean;
  score: number | null;
}

/** What every stage is given. */
export interface RunContext {
  readonly directory: RunDirectory;
  readonly config: RunConfig;
  readonly data: RunData;
  readonly models: RunModels;
  readonly signal: AbortSignal | undefined;
  /** run directories that a stage's outputs may be taken from, where they were made with the same inputs */
  readonly siblings?: readonly string[];
  /** Tells how far the stage is, and what it has just made. */
  progress(done: number, total: number, detail?: string, sample?: MadeSample): void;
  /** Names something that the stage goes on without. */
  leaveOut(what: string, reason: string): void;
}

/** @throws SynoodError ERR_ABORTED if the run's signal fired */
export function checkAborted({signal}: Pick<RunContext, 'signal'>): void {
  if (signal?.aborted) throw abortError(signal);
}

/** Names the files of a folder that are no images. */
export function leaveOutSkipped(run: RunContext, set: string, skipped: readonly SkippedFile[]): void {
  for (const {path, reason} of skipped) run.leaveOut(`${set}: ${path}`, reason);
}
