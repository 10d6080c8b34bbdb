import type {Command} from '../command.js';
import {makeReport, reportOptions} from '../report-file.js';
import {UsageError} from '../usage-error.js';

export const compare: Command = {
  usage: 'compare <runs..>',
  describe: 'Runs side by side, on one page',
  about:
    'Puts the results, curves and galleries of two or more runs on one page, with the settings that differ. Differences are to the first run.',
  positionals: {runs: {type: 'string', describe: 'Run directories, two or more'}},
  options: {
    ...reportOptions,
    out: {
      ...reportOptions['out'],
      describe: 'The file to write; without it comparison.html, and Markdown and JSON are printed',
    },
  },
  examples: [
    ['synood compare runs/a runs/b --open', 'writes comparison.html and shows it'],
    ['synood compare runs/* --format md', 'one table of all runs'],
  ],
  run(args, session) {
    const runs = args['runs'] as string[];
    if (runs.length < 2)
      throw new UsageError('Expected two or more run directories.', 'synood compare --help');
    return makeReport(runs, args, session);
  },
};
