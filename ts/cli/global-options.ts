import type {Options} from 'yargs';
import {UsageError} from './usage-error.js';
import {wholeNumber} from './whole-number.js';

/** Options that every command takes. */
export const globalOptions: Record<string, Options> = {
  device: {
    type: 'string',
    describe: "Where to compute: 'auto', 'cpu', 'cuda' or 'cuda:1'",
    requiresArg: true,
    global: true,
  },
  threads: {type: 'number', describe: 'Threads of one operation', requiresArg: true, global: true},
  seed: {type: 'number', describe: 'Where every random number comes from', requiresArg: true, global: true},
  json: {type: 'boolean', describe: 'One JSON document on stdout, all else on stderr', global: true},
  quiet: {type: 'boolean', describe: 'No progress', global: true},
  verbose: {type: 'boolean', describe: 'Stack traces and native detail of errors', global: true},
};

export interface GlobalOptions {
  device?: 'auto' | 'cpu' | 'cuda' | `cuda:${number}`;
  threads?: number;
  seed?: number;
  json: boolean;
  quiet: boolean;
  verbose: boolean;
}

function deviceOf(value: unknown): GlobalOptions['device'] {
  if (value === undefined) return undefined;
  if (typeof value === 'string' && /^(auto|cpu|cuda(:\d+)?)$/.test(value))
    return value as GlobalOptions['device'];
  throw new UsageError(`Expected --device to be 'auto', 'cpu', 'cuda' or 'cuda:1', got '${String(value)}'.`);
}

/** @throws UsageError naming the option whose value does not fit */
export function readGlobalOptions(args: Record<string, unknown>): GlobalOptions {
  return {
    device: deviceOf(args['device']),
    threads: wholeNumber('threads', args['threads'], 1),
    seed: wholeNumber('seed', args['seed'], 0),
    json: args['json'] === true,
    quiet: args['quiet'] === true,
    verbose: args['verbose'] === true,
  };
}
