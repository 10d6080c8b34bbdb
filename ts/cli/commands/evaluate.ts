import {existsSync} from 'node:fs';
import {join, resolve} from 'node:path';
import type {Options} from 'yargs';
import type {RunConfig} from '../../pipeline/config/schema.js';
import type {PublishedRow} from '../../pipeline/evaluation/benchmark-file.js';
import type {LeftOut} from '../../pipeline/left-out.js';
import type {Command, CommandResult} from '../command.js';
import {type TableFormat, tableFormats, writeTable} from '../output/table-formats.js';
import {nearPath} from '../output/run-summary.js';
import type {Session} from '../session.js';
import {UsageError} from '../usage-error.js';

interface Planned {
  config: RunConfig;
  out: string;
  leftOut: LeftOut[];
  published: readonly PublishedRow[];
}

const options: Record<string, Options> = {
  out: {
    alias: 'o',
    type: 'string',
    describe: 'Where features, detectors and results are kept; a run directory is evaluated as it stands',
    requiresArg: true,
  },
  detectors: {
    type: 'string',
    describe:
      'With commas between: msp max-logit odin energy react knn mahalanobis vim vos dream-ood mcm clipn-ctw clipn-atd lsn npos neglabel synood-image synood-label synood, or all',
    requiresArg: true,
  },
  search: {type: 'boolean', describe: 'Choose hyper-parameters on the validation sets, never on a test set'},
  split: {
    choices: ['test', 'validation'],
    describe: 'Test sets, or the validation sets against the calibration images',
    requiresArg: true,
  },
  data: {type: 'string', describe: "The folder of a benchmark's data sets", requiresArg: true},
  folders: {
    type: 'string',
    describe:
      'NAME=FOLDER,NAME=FOLDER of sets that lie elsewhere; train= and test= are the in-distribution images',
    requiresArg: true,
  },
  clip: {type: 'string', describe: 'The folder of a CLIP model', requiresArg: true},
  classifier: {type: 'string', describe: 'The folder of an image classifier', requiresArg: true},
  inpainter: {type: 'string', describe: 'The folder of an inpainting pipeline', requiresArg: true},
  clipn: {
    type: 'string',
    describe: "CLIPN's no/ folder, from 'synood train clipn'; without it CLIPN is trained here",
    requiresArg: true,
  },
  lsn: {
    type: 'string',
    describe: "LSN's lsn.safetensors, from 'synood train lsn'; without it LSN is learned here",
    requiresArg: true,
  },
  format: {choices: tableFormats, default: 'table', describe: 'How the table is printed', requiresArg: true},
};

/** What `synood train` made, for detectors that would be trained first. */
function trainedPrompts(args: Record<string, unknown>): Pick<RunConfig['evaluate'], 'clipn' | 'lsn'> {
  const given = (['clipn', 'lsn'] as const).filter((name) => args[name] !== undefined);
  return Object.fromEntries(given.map((name) => [name, resolve(args[name] as string)]));
}

const listOf = (given: unknown): string[] | undefined =>
  typeof given === 'string' ? given.split(',').map((word) => word.trim()) : undefined;

function foldersOf(words: readonly string[]): Record<string, string> {
  return Object.fromEntries(
    words.map((word) => {
      const at = word.indexOf('=');
      if (at > 0 && at < word.length - 1) return [word.slice(0, at), word.slice(at + 1)];
      throw new UsageError(
        `Expected --folders NAME=FOLDER,NAME=FOLDER, got "${word}".`,
        'synood evaluate --help',
      );
    }),
  );
}

/** Sets by folders alone: in-distribution ones are "train" and "test". */
async function customPlan(folders: Record<string, string>) {
  const {train, test, ...sets} = folders;
  if (!train || !test || Object.keys(sets).length === 0) {
    throw new UsageError(
      'A custom benchmark needs --folders train=FOLDER,test=FOLDER,NAME=FOLDER: a folder for each out-of-distribution set.',
      'synood evaluate --help',
    );
  }
  const obtain = 'your own disk';
  return {
    format: 1 as const,
    name: 'custom',
    title: 'custom folders',
    fpr: 'id-positive' as const,
    inDistribution: {
      name: 'train',
      classes: {},
      train: {folder: train, obtain},
      test: {folder: test, obtain},
    },
    outOfDistribution: Object.entries(sets).map(([name, folder]) => ({
      ...{name, folder, obtain},
      group: 'far' as const,
    })),
    validation: [],
    published: [],
  };
}

async function planOf(args: Record<string, unknown>, session: Session): Promise<Planned> {
  const {configFromArguments} = await import('../run-config.js');
  const {findBenchmark} = await import('../../pipeline/evaluation/benchmark-file.js');
  const {benchmarkConfig} = await import('../../pipeline/evaluation/benchmark-config.js');
  const {readJson} = await import('../../data/files/json-file.js');
  const word = args['benchmark'] as string | undefined;
  const out = args['out'] as string | undefined;
  const detectors = listOf(args['detectors']);
  const search = args['search'] as boolean | undefined;
  const split = args['split'] as 'test' | 'validation' | undefined;
  const isRun = word === undefined && out !== undefined && existsSync(join(out, 'run.json'));
  const isConfig =
    word?.endsWith('.json') && !('outOfDistribution' in ((await readJson(word, 'ERR_CONFIG')) as object));
  if (isRun || isConfig) {
    if (out === undefined) throw new UsageError('A configuration needs --out, its run directory.');
    const config = await configFromArguments({file: isConfig ? word : undefined, directory: out}, session);
    const evaluate = {...config.evaluate, ...trainedPrompts(args)};
    if (detectors) evaluate.detectors = detectors;
    if (search !== undefined) evaluate.search = search;
    if (split !== undefined) evaluate.split = split;
    return {config: {...config, evaluate}, out, leftOut: [], published: []};
  }
  const folders = foldersOf(listOf(args['folders']) ?? []);
  const benchmark =
    word === 'custom' ? await customPlan(folders) : await findBenchmark(word ?? 'emoji-world');
  const {device, threads, seed} = session.options;
  const path = (name: string) => args[name] as string | undefined;
  const {config, leftOut} = await benchmarkConfig(benchmark, {
    data: path('data') ?? (word === 'custom' ? '' : undefined),
    folders,
    models: {clip: path('clip'), classifier: path('classifier'), inpainter: path('inpainter')},
    detectors,
    search,
    split,
    seed,
  });
  return {
    config: {
      ...config,
      evaluate: {...config.evaluate, ...trainedPrompts(args), ...(split ? {split} : {})},
      engine: {...config.engine, ...(device ? {device} : {}), ...(threads ? {threads} : {})},
    },
    out: out ?? join('evaluations', benchmark.name),
    leftOut,
    published: benchmark.published,
  };
}

export const evaluate: Command = {
  usage: 'evaluate [benchmark]',
  describe: 'Every metric, of many detectors on many sets',
  about:
    'Fits the detectors on the in-distribution training images and evaluates them on every set: AUROC, AUPR, four definitions of FPR95, accuracy, intervals and tests. Benchmarks: imagenet-1k, openood-v1.5-imagenet, imagenet-100, cifar-10, cifar-100, emoji-world, custom, or a file. A set that is not there is named with where it is obtained. With a run directory as --out it is stage 6 of that run. What was computed is kept: another evaluation there reads it.',
  positionals: {
    benchmark: {
      type: 'string',
      describe: 'A benchmark by name or file, or a run configuration; default emoji-world',
    },
  },
  options,
  examples: [
    ['synood evaluate', 'all detectors on Emoji World'],
    ['synood evaluate --out runs/demo', 'a run again, with its own configuration'],
    ['synood evaluate --detectors msp,knn,vim --search', 'some of them, hyper-parameters searched'],
    [
      'synood evaluate imagenet-1k --data /data --clip clip-vit-base-patch16 --format latex',
      "CLIP's detectors on the sets of MOS",
    ],
    [
      'synood evaluate custom --folders train=a/train,test=a/test,other=b --classifier resnet50',
      'folders of your own',
    ],
  ],
  resumes: true,
  async run(args, session): Promise<CommandResult> {
    const {callPipeline} = await import('../pipeline-call.js');
    const {chosenKinds, needsTraining} = await import('../../pipeline/evaluation/fit-detectors.js');
    const {comparedWith, detectorTable, longTable} = await import('../../pipeline/evaluation/tables.js');
    const {writeFileAtomic} = await import('../../data/files/atomic-file.js');
    const {config, out, leftOut, published} = await planOf(args, session);
    for (const {what, reason} of leftOut) session.say(`left out: ${what}: ${reason}`);
    const before = needsTraining(chosenKinds(config.evaluate))
      ? (['select', 'contexts', 'synthesize', 'mine', 'finetune'] as const)
      : [];
    const json = await callPipeline(config, out, session, [...before, 'evaluate']);
    const evaluation = json.evaluation!;
    const format = args['format'] as TableFormat;
    const tables = comparedWith(evaluation).map((against) => ({
      against,
      table: detectorTable(evaluation, against, against === 'validation' ? published : []),
    }));
    const long = longTable(evaluation);
    const written = (kind: TableFormat) => tables.map(({table}) => writeTable(table, kind)).join('\n\n');
    await writeFileAtomic(join(out, 'evaluation.csv'), `${writeTable(long, 'csv')}\r\n`);
    await writeFileAtomic(join(out, 'evaluation.md'), `${written('md')}\n`);
    await writeFileAtomic(join(out, 'evaluation.tex'), `${written('latex')}\n`);
    const note = `In percent. A higher AUROC is better, a lower FPR95 (${evaluation.fpr}) is better.`;
    const lines =
      format === 'table'
        ? [
            ...tables.flatMap(({against, table}) => [`Against ${against}:`, writeTable(table, 'table'), '']),
            note,
            `Kept: ${nearPath(json.out)}/evaluation.{json,csv,md,tex}, scores/, detectors/`,
          ]
        : [written(format)];
    return {json: {...json, leftOut: [...leftOut, ...json.leftOut], published}, text: lines.join('\n')};
  },
};
