import type {Command} from '../command.js';
import {makeReport, reportOptions} from '../report-file.js';

export const report: Command = {
  usage: 'report <runs..>',
  describe: 'One page of a run, with tables, curves and images',
  about:
    'Shows what a run directory has, finished or not, with the time and the memory of each stage. The page needs no network and no other file. Several runs are put side by side. The exit code is 1 if files are damaged.',
  positionals: {runs: {type: 'string', describe: 'Run directories'}},
  options: reportOptions,
  examples: [
    ['synood report runs/demo --open', 'writes runs/demo/report.html and shows it'],
    ['synood report runs/demo --format md', 'the tables as Markdown'],
    ['synood report runs/a runs/b -o both.html', 'two runs side by side'],
  ],
  run: (args, session) => makeReport(args['runs'] as string[], args, session),
};
