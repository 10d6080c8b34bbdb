import type {Options, PositionalOptions} from 'yargs';
import type {Session} from './session.js';

/** What a command has made: a document for programs and lines for people. */
export interface CommandResult {
  /** with --json the one thing on stdout */
  json: unknown;
  /** without --json; '' prints nothing */
  text: string;
  /** the command did its work, and the answer is no: exit code 1 */
  failed?: boolean;
}

/** One command, a file each in commands/. Heavy imports are done inside `run`, so that --help answers at once. */
export interface Command {
  /** As yargs reads it: `run [config]`. */
  usage: string;
  aliases?: string[];
  describe: string;
  /** A paragraph below the usage line of its help. */
  about?: string;
  positionals?: Record<string, PositionalOptions>;
  options?: Record<string, Options>;
  /** What to type, and what it does. */
  examples: [string, string][];
  commands?: Command[];
  /** Cut off, the same command goes on from there. */
  resumes?: boolean;
  run?(args: Record<string, unknown>, session: Session): Promise<CommandResult>;
}

export const nameOf = (command: Command): string => command.usage.split(' ')[0]!;
