import {readFileSync} from 'node:fs';
import {join} from 'node:path';
import test from 'ava';
import {ablate, type CellOutcome} from '../../ts/pipeline/ablation/ablate.js';
import {changeSetting, parseVariation} from '../../ts/pipeline/ablation/setting.js';
import {ablationDifferences, ablationTable} from '../../ts/pipeline/ablation/tables.js';
import {resolveConfig} from '../../ts/pipeline/config/read-config.js';
import {extrasOf} from '../../ts/pipeline/report-extras.js';
import {runPipeline} from '../../ts/pipeline/run.js';
import {RunDirectory} from '../../ts/pipeline/run-directory.js';
import type {RunContext} from '../../ts/pipeline/run-context.js';
import {temporaryFolder} from '../support/folder.js';
import {tinyModels} from '../support/tiny-models.js';
import {tinyConfig, tinyData} from '../support/tiny-run.js';

test.serial('parts of the method: as runs of their own say, resumable, the same bytes', async (t) => {
  const folder = temporaryFolder(t);
  const config = tinyConfig(await tinyData(folder), await tinyModels());
  const seeds = [0, 3];
  const run = await runPipeline({...config, seed: 3}, {out: join(folder, 'run')});
  const {ablation} = await ablate(config, {out: join(folder, 'whole'), seeds});

  t.is(ablation.rows.length, 8);
  t.is(ablation.against, 'validation');
  const row = (title: RegExp) => ablation.rows.find(({value}) => title.test(value))!;
  const ofRun = (name: string) => run.evaluation!.detectors.find((one) => one.name === name)!;
  for (const [title, name] of [
    [/nothing trained/, 'neglabel'],
    [/with guidance/, 'synood'],
    [/^Both sides, apart/, 'synood'],
    [/^Label side/, 'synood-label'],
    [/^Image side/, 'synood-image'],
  ] as const) {
    const {fpr} = run.evaluation!;
    const expected = ofRun(name).sets.map((set) => [set.name, set.auroc, set.fpr95[fpr]]);
    const found = row(title).sets!.map((set) => [set.name, set.values.auroc[1], set.values.fpr95[1]]);
    t.deepEqual(found, expected, `seed 3, ${title}`);
  }
  const trained = row(/in-distribution images only/);
  t.notDeepEqual(trained.sets, row(/Image side/).sets, 'no synthetic image has a part in it');
  t.notDeepEqual(row(/without guidance/).sets, row(/nothing trained/).sets);

  const {auroc, deviations, groups, sets} = row(/nothing trained/);
  const [first, second] = [0, 1].map(
    (at) => sets!.reduce((sum, set) => sum + set.values.auroc[at]!, 0) / sets!.length,
  ) as [number, number];
  t.true(Math.abs(auroc - (first + second) / 2) < 1e-12);
  t.true(Math.abs(deviations!.auroc - Math.abs(first - second) / Math.SQRT2) < 1e-12);
  t.is(groups![0]!.auroc, auroc);
  t.is(groups![0]!.difference, undefined, 'the first row is what others are compared with');
  const perSeed = (title: RegExp, at: number) => {
    const own = row(title).sets!;
    return own.reduce((sum, set) => sum + set.values.fpr95[at]!, 0) / own.length;
  };
  const [one, other] = [0, 1].map(
    (at) => perSeed(/^Both sides, apart/, at) - perSeed(/nothing trained/, at),
  ) as [number, number];
  const {fpr95} = row(/^Both sides, apart/).groups![0]!.difference!;
  t.true(Math.abs(fpr95.mean - (one + other) / 2) < 1e-12);
  // Student's t of one degree of freedom, 12.7062, times the standard error of two numbers, half of their distance.
  t.true(Math.abs(fpr95.interval!.high - fpr95.mean - (12.706204736 * Math.abs(one - other)) / 2) < 1e-9);

  const cut = join(folder, 'cut');
  const stop = new AbortController();
  const before: CellOutcome[] = [];
  const interrupted = ablate(config, {
    out: cut,
    seeds,
    signal: stop.signal,
    onCell: (cell) => {
      if (before.push(cell) === 2) stop.abort();
    },
  });
  t.like(await t.throwsAsync(interrupted), {code: 'ERR_ABORTED'});
  const after: CellOutcome[] = [];
  await ablate(config, {out: cut, seeds, onCell: (cell) => after.push(cell)});
  t.deepEqual(
    after.map(({status}) => status),
    ['kept', 'kept', 'done', 'done', 'done', 'done', 'done', 'done'],
  );
  const bytes = (out: string) => readFileSync(join(out, 'ablation.json'), 'utf8');
  t.is(bytes(cut), bytes(join(folder, 'whole')));

  const directory = await RunDirectory.look(cut);
  const {ablation: shown} = await extrasOf({directory} as RunContext);
  t.is(shown!.rows.length, 8);
  t.deepEqual(shown!.rows[0]!.deviations, deviations);
});

test.serial('a run gives what it has made to an ablation; a setting is varied', async (t) => {
  const folder = temporaryFolder(t);
  const config = tinyConfig(await tinyData(folder), await tinyModels());
  const out = join(folder, 'run');
  await runPipeline(config, {out, stages: ['select', 'contexts', 'synthesize']});
  const stages = new Set<string>();
  const {ablation} = await ablate(config, {
    out,
    seeds: [0],
    vary: {key: 'evaluate.temperature', values: [0.01, 0.5]},
    detector: 'neglabel',
    onProgress: ({detail}) => stages.add(/: (\w+)/.exec(detail)?.[1] ?? ''),
  });
  t.false(stages.has('synthesize'), [...stages].join());
  t.true(stages.has('evaluate'));
  t.is(ablation.setting, 'evaluate.temperature');
  t.deepEqual(
    ablation.rows.map(({value}) => value),
    ['0.01', '0.5'],
  );
  t.notDeepEqual(ablation.rows[0]!.sets, ablation.rows[1]!.sets);
  t.is(ablation.rows[0]!.deviations, undefined, 'one seed has no deviation');
  const {columns, rows} = ablationTable(ablation, 'validation');
  t.deepEqual(columns, [
    'evaluate.temperature',
    ...['far AUROC', 'FPR95', 'near AUROC', 'FPR95', 'mean AUROC', 'FPR95', 'accuracy'],
  ]);
  t.regex(rows[0]![1]!, /^\d+\.\d\d$/);
  const changes = ablationDifferences(ablation, 'validation');
  t.is(changes.rows.length, rows.length - 1);
  t.regex(changes.rows[0]![1]!, /^[+-]\d+\.\d\d$/, 'one seed has no interval');
  const missing = ablate(config, {out, seeds: [0], split: 'validation', parts: ['baseline']});
  await t.throwsAsync(missing, {
    code: 'ERR_CONFIG',
    message: /The validation split has no sets.*outOfDistributionValidation/,
  });
});

test('settings are named by their path or its end, and checked', (t) => {
  const config = resolveConfig();
  const {synthesize} = changeSetting(config, 'boundary.quantile', 0.2).config;
  t.deepEqual(synthesize.boundary, {quantile: 0.2});
  t.is(changeSetting(config, 'guidanceScale', 3).path, 'synthesize.guidanceScale');
  const number = changeSetting(config, 'synthesize.boundary', -3).config;
  t.deepEqual(changeSetting(number, 'boundary.quantile', 0.5).config.synthesize.boundary, {quantile: 0.5});
  const fails = (key: string, value: unknown, message: RegExp) =>
    t.throws(() => changeSetting(config, key, value), {code: 'ERR_CONFIG', message});
  fails('temperature', 1, /More than one setting.*synthesize\.temperature, evaluate\.temperature/);
  fails('maxIteration', 1, /did you mean "synthesize\.maxIterations"/);
  fails('seed', 1, /same in all rows/);
  fails('guidanceScale', 'much', /synthesize\.guidanceScale="much".*expected number/);
  t.deepEqual(parseVariation('steps = 1, 2,x'), {key: 'steps', values: [1, 2, 'x']});
  t.deepEqual(parseVariation('synthesize.boundary=[{"quantile":0.1},-3]').values, [{quantile: 0.1}, -3]);
  for (const text of ['steps', '=1', 'steps=', 'steps=1,1', 'steps=[1'])
    t.throws(() => parseVariation(text), {code: 'ERR_CONFIG'}, text);
});
