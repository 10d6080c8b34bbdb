import {existsSync, readFileSync, rmSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import test from 'ava';
import {temporaryFolder} from '../support/folder.js';
import {writeSmallRun} from '../support/small-run.js';
import {synood} from './synood.js';

interface Figures {
  detectors: {
    name: string;
    sets: {name: string; auroc: number; intervals: unknown; difference?: unknown}[];
  }[];
  stages?: {name: string; state: string; detail?: string}[];
  misses: {accepted: {negatives: unknown[]}[]};
  machine: {stages: {name: string; seconds: number; peakMemory: number}[]};
  runs?: {title: string; differs: Record<string, string>}[];
}

const parsed = (text: string): Figures => JSON.parse(text) as Figures;

test.serial('a report of a run at every stage, of a damaged one, and of two side by side', async (t) => {
  const cwd = temporaryFolder(t);
  await writeSmallRun(cwd);
  const begun = await synood(['select', 'small.json', '-o', 'a', '--quiet'], {cwd});
  t.is(begun.code, 0, begun.stderr);
  const unfinished = await synood(['report', 'a', '--format', 'json'], {cwd});
  t.is(unfinished.code, 0, unfinished.stderr);
  t.deepEqual(
    parsed(unfinished.stdout).stages!.map(({name, state}) => `${name} ${state}`),
    [
      'select done',
      ...['contexts', 'synthesize', 'mine', 'finetune', 'evaluate'].map((name) => `${name} missing`),
    ],
  );

  for (const [out, seed] of [
    ['a', '0'],
    ['b', '1'],
  ] as const) {
    const run = await synood(['run', 'small.json', '-o', out, '--seed', seed, '--quiet'], {cwd});
    t.is(run.code, 0, run.stderr);
  }
  const page = await synood(['report', 'a'], {cwd});
  t.is(page.stdout, 'a/report.html\n', page.stderr);
  t.regex(readFileSync(join(cwd, 'a', 'report.html'), 'utf8'), /Peak memory/);

  const found = parsed((await synood(['report', 'a', '--format', 'json'], {cwd})).stdout);
  const evaluation = parsed(readFileSync(join(cwd, 'a', 'evaluation.json'), 'utf8'));
  t.is(found.stages, undefined);
  t.deepEqual(
    found.detectors.map(({name, sets}) => [
      name,
      sets.map((set) => [set.name, set.auroc, set.intervals, set.difference]),
    ]),
    evaluation.detectors.map(({name, sets}) => [
      name,
      sets.map((set) => [set.name, set.auroc, set.intervals, set.difference]),
    ]),
  );
  t.truthy(found.detectors.at(-1)!.sets[0]!.difference);
  t.true(found.machine.stages.every(({seconds, peakMemory}) => seconds >= 0 && peakMemory > 1e7));
  t.true(found.misses.accepted.every(({negatives}) => negatives.length === 3));
  t.regex(
    (await synood(['report', 'a', '--format', 'md'], {cwd})).stdout,
    /^# small\n[^]*\| NegLabel \(baseline\)/,
  );

  const both = await synood(['compare', 'a', 'b', '--format', 'json'], {cwd});
  t.is(both.code, 0, both.stderr);
  t.like(parsed(both.stdout).runs![1]!.differs, {seed: '1'});
  t.is((await synood(['compare', 'a', 'b'], {cwd})).stdout, 'comparison.html\n');
  t.true(existsSync(join(cwd, 'comparison.html')));
  t.is((await synood(['compare', 'a'], {cwd})).code, 2);

  writeFileSync(join(cwd, 'a', 'evaluation.json'), '{"detectors": [');
  rmSync(join(cwd, 'a', 'labels.jsonl'));
  const damaged = await synood(['report', 'a', '--format', 'json'], {cwd});
  t.is(damaged.code, 1, 'the exit code tells of damage');
  const states = parsed(damaged.stdout).stages!.filter(({state}) => state === 'damaged');
  t.deepEqual(
    states.map(({name}) => name),
    ['mine', 'evaluate'],
  );
  t.regex(states[0]!.detail!, /labels\.jsonl/);
  t.regex(states[1]!.detail!, /evaluation\.json/);
  t.is((await synood(['report', 'ind'], {cwd})).code, 2);
});
