import {basename, extname, join} from 'node:path';
import type {CellOutcome} from '../../pipeline/ablation/ablate.js';
import type {TextTable} from '../../pipeline/evaluation/tables.js';
import type {Command, CommandResult} from '../command.js';
import {nearPath} from '../output/run-summary.js';
import {type TableFormat, tableFormats, writeTable} from '../output/table-formats.js';
import type {Session} from '../session.js';
import {UsageError} from '../usage-error.js';

const help = 'synood ablate --help';

function seedsOf(given: unknown, {options}: Session, first: number): number[] {
  const words = String(given).split(',');
  const numbers = words.map(Number);
  if (
    numbers.some((one) => !Number.isSafeInteger(one) || one < 0) ||
    words.some((word) => word.trim() === '')
  )
    throw new UsageError(
      `Expected a number of seeds, or seeds with commas between, got '${String(given)}'.`,
      help,
    );
  if (numbers.length > 1) {
    if (new Set(numbers).size < numbers.length)
      throw new UsageError(`A seed stands twice in '${String(given)}'.`, help);
    return numbers;
  }
  if (numbers[0] === 0) throw new UsageError('Expected at least one seed.', help);
  return Array.from({length: numbers[0]!}, (_, more) => (options.seed ?? first) + more);
}

function cellLine({titles, seed, status, aurocs, reason}: CellOutcome): string {
  if (status === 'failed') return `seed ${seed}: ${titles.join(', ')}: left out: ${reason}`;
  const rows = titles.map((title, at) => `${title} ${(aurocs[at]! * 100).toFixed(1)}`);
  return `seed ${seed}${status === 'kept' ? ' (done already)' : ''}, AUROC: ${rows.join('; ')}`;
}

export const ablate: Command = {
  usage: 'ablate [config]',
  describe: 'What each part of the method is worth, or what a setting does',
  about:
    "Does the run again without parts of it, with several seeds, and tells mean and deviation on every set: nothing trained (NegLabel); the projection on in-distribution images only; synthesis without and with guidance; label side, image side, both apart, both jointly. With --vary it is one setting's values instead. Rows are compared with the first one seed by seed, with 95 % intervals. What rows and seeds have in common is made once (and taken from the run, if --out has one); cut off, the same command goes on, and what is done is not done again. Choose settings with --split validation, so that the test sets stay unseen.",
  positionals: {
    config: {
      type: 'string',
      describe: "A run configuration; without it that of the run directory, else Emoji World's",
    },
  },
  options: {
    out: {
      alias: 'o',
      type: 'string',
      describe: 'The run directory; without it runs/ and the name of the configuration',
      requiresArg: true,
    },
    seeds: {
      type: 'string',
      default: '3',
      describe: 'How many, from --seed on; or the seeds themselves with commas between',
      requiresArg: true,
    },
    parts: {
      type: 'string',
      describe:
        'Some rows only, with commas between: baseline in-distribution unguided guided labels image apart joint',
      requiresArg: true,
    },
    vary: {
      type: 'string',
      describe: 'KEY=VALUE,VALUE,…: a setting (its end will do) and the values to compare',
      requiresArg: true,
    },
    detector: {
      type: 'string',
      default: 'synood',
      describe: 'Whose scores count with --vary',
      requiresArg: true,
    },
    split: {
      choices: ['test', 'validation'],
      describe:
        'Test sets, or the validation sets against the calibration images; without it as the configuration says',
      requiresArg: true,
    },
    format: {
      choices: tableFormats,
      default: 'table',
      describe: 'How the table is printed',
      requiresArg: true,
    },
  },
  examples: [
    ['synood ablate', "the method's parts on Emoji World, three seeds, in runs/emoji-world"],
    ['synood ablate --out runs/demo --seeds 5', "of a run's own configuration; what it made is used"],
    ['synood ablate --vary boundary.quantile=0.01,0.05,0.1 --split validation', 'one setting'],
    ['synood ablate my.json --vary synthesize.guidanceScale=1,4,8 --format latex', 'a table for a paper'],
    ['synood ablate --parts baseline,apart,joint --seeds 7,8,9', 'some rows, seeds of your own'],
    ['synood ablate --parts unguided,guided --seeds 5', 'what guidance is worth, with intervals'],
    ['synood report runs/emoji-world --open', 'the report shows it with a chart'],
  ],
  resumes: true,
  async run(args, session): Promise<CommandResult> {
    const {configFromArguments} = await import('../run-config.js');
    const {ablate: study} = await import('../../pipeline/ablation/ablate.js');
    const {parseVariation} = await import('../../pipeline/ablation/setting.js');
    const tables = await import('../../pipeline/ablation/tables.js');
    const {writeFileAtomic} = await import('../../data/files/atomic-file.js');
    const file = args['config'] as string | undefined;
    const name = file === undefined ? 'emoji-world' : basename(file, extname(file));
    const out = (args['out'] as string | undefined) ?? join('runs', name);
    const config = await configFromArguments({file, directory: out}, session);
    const {vary, parts, detector, split} = args as Record<string, string | undefined>;
    if (vary !== undefined && parts !== undefined)
      throw new UsageError('Expected --parts or --vary, got both.', help);
    const {ablation, leftOut} = await study(config, {
      out,
      seeds: seedsOf(args['seeds'], session, config.seed),
      vary: vary === undefined ? undefined : parseVariation(vary),
      parts: parts?.split(',').map((word) => word.trim()),
      detector,
      split: split as 'test' | 'validation' | undefined,
      signal: session.signal,
      onProgress: (progress) => session.progress.report({stage: 'ablate', ...progress}),
      onCell: (outcome) => session.progress.finish('ablate', cellLine(outcome)),
      onLeftOut: ({what, reason}) => session.say(`left out: ${what}: ${reason}`),
    });
    const groups = tables.ablationGroups(ablation);
    const written = (kind: TableFormat) =>
      groups
        .flatMap((against) => [
          tables.ablationTable(ablation, against),
          tables.ablationDifferences(ablation, against),
        ])
        .filter(({rows}) => rows.length > 0)
        .map((table) => writeTable(table, kind))
        .join('\n\n');
    const long = writeTable(tables.ablationLongTable(ablation), 'csv');
    await writeFileAtomic(join(out, 'ablation.csv'), `${long}\r\n`);
    await writeFileAtomic(join(out, 'ablation.md'), `${written('md')}\n`);
    await writeFileAtomic(join(out, 'ablation.tex'), `${written('latex')}\n`);
    const json = {out, ...ablation, leftOut};
    const format = args['format'] as TableFormat;
    if (format !== 'table') return {json, text: written(format)};
    const place = nearPath(out);
    const first = ablation.rows[0]!.value;
    const intervals = ablation.seeds!.length > 1 ? ', with 95 % intervals' : '';
    const changes = (table: TextTable): string[] =>
      table.rows.length > 0
        ? [`Less "${first}", seed by seed${intervals}:`, writeTable(table, 'table'), '']
        : [];
    const lines = [
      ...groups.flatMap((against) => [
        `Against ${against}, mean over its sets:`,
        writeTable(tables.ablationMeans(ablation, against), 'table'),
        '',
        ...changes(tables.ablationDifferences(ablation, against)),
      ]),
      `In percent, mean ± standard deviation over seeds ${ablation.seeds!.join(', ')}, ${ablation.split} sets. A higher AUROC is better, a lower FPR95 (${ablation.fpr}) is better.`,
      `Kept: ${place}/ablation.{json,csv,md,tex}, every set in them. Next: synood report ${place} --open`,
    ];
    return {json, text: lines.join('\n')};
  },
};
