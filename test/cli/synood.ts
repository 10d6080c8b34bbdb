import {type Ended, type ProgramOptions, runProgram} from '../support/program.js';

/** Runs the command line to its end. */
export const synood = (args: string[], options?: ProgramOptions): Promise<Ended> =>
  runProgram('dist/ts/cli/main.js', args, options);
