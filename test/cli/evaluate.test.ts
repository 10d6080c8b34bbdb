import {existsSync, readFileSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import test from 'ava';
import {temporaryFolder} from '../support/folder.js';
import {tinyModels} from '../support/tiny-models.js';
import {tinyConfig, tinyData} from '../support/tiny-run.js';
import {synood} from './synood.js';

interface Evaluated {
  evaluation: {
    fpr: string;
    detectors: {
      name: string;
      title: string;
      sets: {name: string; auroc: number; fpr95: Record<string, number>}[];
      inDistribution: {name: string; accuracy: number}[];
    }[];
  };
  leftOut: {what: string; reason: string}[];
}

const percent = (share: number): string => (share * 100).toFixed(2);

test.serial(
  'CLIPN and LSN are trained in an evaluation, or taken as they are given; its tables in every format; two side by side',
  async (t) => {
    const cwd = temporaryFolder(t);
    const base = tinyConfig(await tinyData(cwd), await tinyModels());
    const clipn = {perClass: 2, epochs: 1, batchSize: 4};
    const config = {
      ...base,
      evaluate: {
        detectors: ['mcm', 'clipn-ctw', 'clipn-atd', 'lsn'],
        settings: {
          'clipn-ctw': clipn,
          'clipn-atd': clipn,
          lsn: {perClass: 2, epochs: 1, positiveEpochs: 1, negatives: 2, contextLength: 2, batchSize: 4},
        },
      },
    };
    writeFileSync(join(cwd, 'eval.json'), JSON.stringify(config));
    const evaluate = (...args: string[]) => synood(['evaluate', 'eval.json', '--quiet', ...args], {cwd});
    const trained = await evaluate('-o', 'a', '--json');
    t.is(trained.code, 0, trained.stderr);
    const {evaluation, leftOut} = JSON.parse(trained.stdout) as Evaluated;
    t.deepEqual(leftOut, []);
    t.deepEqual(
      evaluation.detectors.map(({name}) => name),
      ['mcm', 'clipn-ctw', 'clipn-atd', 'lsn'],
    );
    const training = join(cwd, 'a/detectors/training');
    for (const file of ['clipn.jsonl', 'lsn-positive.jsonl', 'lsn-negative.jsonl']) {
      t.true(existsSync(join(training, file)), file);
    }

    const given = ['--clipn', 'a/detectors/training/no', '--lsn', 'a/detectors/training/lsn.safetensors'];
    const taken = await evaluate('-o', 'b', '--json', ...given);
    t.is(taken.code, 0, taken.stderr);
    t.deepEqual((JSON.parse(taken.stdout) as Evaluated).evaluation.detectors, evaluation.detectors);
    t.false(existsSync(join(cwd, 'b/detectors/training')), 'nothing was trained');

    // What a table shows are the numbers of evaluation.json.
    const rows = evaluation.detectors.map(({title, sets, inDistribution}) => [
      title,
      ...sets.flatMap(({auroc, fpr95}) => [percent(auroc), percent(fpr95[evaluation.fpr]!)]),
      percent(inDistribution[0]!.accuracy),
    ]);
    const cells: Record<string, (line: string) => string[]> = {
      table: (line) => line.split(/ {2,}/),
      csv: (line) => line.split(','),
      md: (line) => line.slice(2, -2).split(' | '),
      latex: (line) => line.replace(/ \\\\$/, '').split(' & '),
    };
    for (const [format, split] of Object.entries(cells)) {
      const {code, stdout, stderr} = await evaluate('-o', 'a', '--format', format);
      t.is(code, 0, stderr);
      const lines = stdout.split(/\r?\n/);
      const titles = split(lines.find((line) => line.includes('mean AUROC'))!);
      t.deepEqual(titles.slice(0, 3), ['detector', 'far AUROC', 'FPR95'], format);
      for (const row of rows) {
        const shown = split(lines.find((line) => split(line)[0] === row[0])!);
        t.deepEqual([...shown.slice(0, 5), shown.at(-1)], row, format);
      }
    }
    for (const [file, begin] of [
      ['evaluation.csv', /^detector,set,against,/],
      ['evaluation.md', /^\| detector \|/],
      ['evaluation.tex', /^\\begin\{tabular\}/],
    ] as const) {
      t.regex(readFileSync(join(cwd, 'a', file), 'utf8'), begin);
    }

    const both = await synood(['compare', 'a', 'b', '--format', 'json', '--quiet'], {cwd});
    t.is(both.code, 0, both.stderr);
    const {runs} = JSON.parse(both.stdout) as {runs: {title: string; differs: Record<string, string>}[]};
    t.deepEqual(Object.keys(runs[1]!.differs), ['evaluate.clipn', 'evaluate.lsn']);
    const page = await synood(['compare', 'a', 'b', '--quiet'], {cwd});
    t.is(page.stdout, 'comparison.html\n', page.stderr);

    // A file of other classes, and one that is not there: told, and the other detectors are evaluated.
    const short = ['--detectors', 'mcm,clipn-ctw,lsn', '--json'];
    writeFileSync(join(cwd, 'eval.json'), JSON.stringify({...config, classNames: {owl: 'hooter'}}));
    const wrong = await evaluate('-o', 'c', ...short, '--clipn', 'nowhere', given[2]!, given[3]!);
    t.is(wrong.code, 0, wrong.stderr);
    const told = JSON.parse(wrong.stdout) as Evaluated;
    t.deepEqual(
      told.evaluation.detectors.map(({name}) => name),
      ['mcm'],
    );
    const reasons = told.leftOut.map(({what, reason}) => `${what}: ${reason}`).join('\n');
    t.regex(reasons, /CLIPN-CTW: .*nowhere/);
    t.regex(reasons, /LSN: .*lsn\.safetensors was learned for 3 classes; .*hooter are not among them/);
  },
);
