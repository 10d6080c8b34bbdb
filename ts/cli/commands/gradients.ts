import {join} from 'node:path';
import type {Command} from '../command.js';
import {formatTable} from '../output/table.js';
import {UsageError} from '../usage-error.js';
import type {GradientSummary} from '../../pipeline/gradient-report.js';

function numbersOf(text: string): number[] {
  const numbers = text.split(',').map(Number);
  if (numbers.some((one) => !(one > 0 && one <= 1))) {
    throw new UsageError(`Expected strengths above 0 and at most 1, such as 0.2,0.4,0.6, got '${text}'.`);
  }
  return numbers;
}

function describe(summary: GradientSummary[]): string {
  const right = (title: string) => ({title, align: 'right' as const});
  return formatTable(
    [
      right('strength'),
      {title: 'gradient'},
      right('cosine'),
      right('norm ratio'),
      right('score change'),
      right('improved'),
    ],
    summary.map(({strength, method, cosine, normRatio, change, improved}) => [
      String(strength),
      method,
      cosine.toFixed(3),
      normRatio.toPrecision(3),
      change.toFixed(4),
      `${(improved * 100).toFixed(0)} %`,
    ]),
  );
}

export const gradients: Command = {
  usage: 'gradients [images..]',
  describe: 'Compare skip and truncated gradients with the exact one',
  about:
    "For a run's models and boundary, and for each start of the denoising: cosine and norm ratio to the exact gradient in the initial noise, and what a step along each does to the score (medians over the images). A star behind a gradient's name multiplies it with the linear part of what it leaves out. Without images of your own the result is kept in gradients.json of the run directory, for 'synood report'.",
  positionals: {
    images: {type: 'string', describe: "Image files; without them the run's own chosen images"},
  },
  options: {
    out: {
      alias: 'o',
      type: 'string',
      describe: 'The run directory, its synthesis done',
      demandOption: true,
      requiresArg: true,
    },
    limit: {
      type: 'number',
      default: 4,
      describe: "Of the run's chosen images at most so many",
      requiresArg: true,
    },
    strengths: {
      type: 'string',
      default: '0.2,0.4,0.6',
      describe: 'Starts of the denoising',
      requiresArg: true,
    },
    methods: {
      type: 'string',
      default: 'skip,skip*,truncated-1,truncated-3,exact',
      describe: 'Gradients to compare',
      requiresArg: true,
    },
    'step-size': {
      type: 'number',
      default: 0.2,
      describe: 'rms of the step, in units of the noise',
      requiresArg: true,
    },
    plot: {type: 'string', describe: 'Write a drawing (SVG) here', requiresArg: true},
  },
  examples: [
    ['synood gradients --out runs/demo', 'a table'],
    ['synood gradients --out runs/demo --plot gradients.svg --json', 'a drawing, and every number'],
    ['synood gradients photo.jpg --out runs/demo --strengths 0.3', 'another image'],
  ],
  async run(args, session) {
    const {configFromArguments} = await import('../run-config.js');
    const {reportGradients} = await import('../../pipeline/gradient-report.js');
    const {writeFileAtomic} = await import('../../data/files/atomic-file.js');
    const out = args['out'] as string;
    const config = await configFromArguments({directory: out}, session);
    const report = await reportGradients(config, {
      out,
      images: args['images'] as string[] | undefined,
      limit: args['limit'] as number,
      strengths: numbersOf(args['strengths'] as string),
      methods: (args['methods'] as string).split(','),
      stepSize: args['stepSize'] as number,
      signal: session.signal,
      onProgress: (done, total) => session.progress.report({stage: 'gradients', done, total}),
    });
    // Other images than the run's own say nothing of the run.
    if (!(args['images'] as string[] | undefined)?.length)
      await writeFileAtomic(join(out, 'gradients.json'), `${JSON.stringify(report, null, 2)}\n`);
    const plot = args['plot'] as string | undefined;
    if (plot !== undefined) {
      const {gradientChart} = await import('../../report/charts/gradients.js');
      await writeFileAtomic(plot, await gradientChart(report.summary));
    }
    return {json: report, text: describe(report.summary)};
  },
};
