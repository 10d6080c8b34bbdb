import type {GlobalOptions} from './global-options.js';
import {createProgress, type Progress} from './output/progress.js';

/** What a command works with: the options of every command, a signal that Ctrl-C fires, and where to say things. */
export interface Session {
  readonly options: GlobalOptions;
  readonly signal: AbortSignal;
  readonly progress: Progress;
  /** what was typed */
  readonly commandLine: string;
  /** A line on stderr; nothing with --quiet. */
  say(line: string): void;
}

export function createSession(options: GlobalOptions, signal: AbortSignal, commandLine: string): Session {
  const progress = createProgress(process.stderr, options);
  return {options, signal, progress, commandLine, say: (line) => progress.say(line)};
}
