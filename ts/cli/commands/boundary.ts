import type {BoundaryCheck, NearBoundary} from '../../pipeline/boundary-check.js';
import type {Command} from '../command.js';
import {formatTable} from '../output/table.js';

const share = ({images, within}: NearBoundary): string =>
  images === 0 ? '-' : `${within} of ${images} (${((100 * within) / images).toFixed(1)} %)`;

const number = (value: number, digits: number): string =>
  Number.isFinite(value) ? value.toFixed(digits) : '-';

function describe(checks: readonly BoundaryCheck[]): string {
  const right = (title: string) => ({title, align: 'right' as const});
  const table = formatTable(
    [
      {title: 'run'},
      {title: 'gradient'},
      right('boundary'),
      right('tolerance'),
      right('accepted within it'),
      right('all within it'),
      right('first image within it'),
      right('median distance'),
      right('file - record'),
      right('iterations per accepted'),
      right('seconds'),
    ],
    checks.map((check) => [
      check.run,
      check.gradient,
      number(check.boundary, 3),
      number(check.tolerance, 3),
      share(check.accepted),
      share(check.all),
      share(check.unguided),
      number(check.all.medianDistance, 3),
      check.largestDifference.toExponential(1),
      number(check.iterationsPerAccepted, 2),
      number(check.secondsPerAccepted, 2),
    ]),
  );
  return `${table}\n"first image" is what each sample was before guidance moved its noise; seconds are per accepted sample.`;
}

export const boundary: Command = {
  usage: 'boundary <runs..>',
  describe: 'Check synthetic images on the disk against the boundary',
  about:
    "Reads every synthetic image of a run from its file, scores it again by a plain forward pass of the run's model, in bytes as saved, and holds the score against the calibrated boundary and tolerance; beside it what the samples were before guidance, and what each accepted one has cost. Several runs make one table.",
  positionals: {runs: {type: 'string', describe: 'Run directories, their synthesis done'}},
  examples: [
    ['synood boundary runs/demo', 'a table'],
    ['synood boundary runs/skip runs/exact', 'two searches side by side'],
    ['synood boundary runs/demo --json', "every image's score"],
  ],
  async run(args, session) {
    const {configFromArguments} = await import('../run-config.js');
    const {checkBoundary} = await import('../../pipeline/boundary-check.js');
    const checks: BoundaryCheck[] = [];
    for (const out of args['runs'] as string[]) {
      const config = await configFromArguments({directory: out}, session);
      checks.push(
        await checkBoundary(config, {
          out,
          signal: session.signal,
          onProgress: (done, total) => session.progress.report({stage: 'boundary', done, total}),
          onLeftOut: (what, reason) => session.progress.say(`left out: ${what}: ${reason}`),
        }),
      );
    }
    return {json: {runs: checks}, text: describe(checks)};
  },
};
