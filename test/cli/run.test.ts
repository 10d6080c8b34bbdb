import {existsSync, readdirSync, readFileSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import test from 'ava';
import {temporaryFolder} from '../support/folder.js';
import {writeSmallRun} from '../support/small-run.js';
import {synood} from './synood.js';

interface Summary {
  out: string;
  stages: {name: string; status: string}[];
  leftOut: {what: string; reason: string}[];
}

test.serial('run makes a detector and a report, again does nothing, and score uses it', async (t) => {
  const cwd = temporaryFolder(t);
  await writeSmallRun(cwd);
  writeFileSync(join(cwd, 'ind', 'owl', 'empty.jpg'), '');

  const first = await synood(['run', 'small.json'], {cwd});
  t.is(first.code, 0, first.stderr);
  t.regex(first.stdout, /runs\/small\/report\.html/);
  t.regex(first.stdout, /AUROC NegLabel +SynOOD +change +FPR95 NegLabel +SynOOD +change/);
  t.regex(first.stdout, /^far +\d/m);
  t.regex(first.stdout, /Left out:\n.*empty\.jpg: the file is empty/);
  t.regex(first.stdout, /synood score IMAGE\.\.\. --detector runs\/small/);
  t.regex(first.stderr, /^synthesize: \d+ images, \d+ of them at the boundary/m);
  t.true(existsSync(join(cwd, 'runs', 'small', 'report.html')));

  const second = await synood(['run', 'small.json', '--json'], {cwd});
  t.is(second.code, 0, second.stderr);
  const {stages, leftOut} = JSON.parse(second.stdout) as Summary;
  t.deepEqual(
    stages.map(({status}) => status),
    stages.map(() => 'skipped'),
  );
  t.regex(leftOut[0]?.what ?? '', /empty\.jpg/);

  const stage = await synood(['finetune', '-o', 'runs/small', '--quiet'], {cwd});
  t.is(stage.code, 0, stage.stderr);
  t.regex(stage.stdout, /^runs\/small: a detector .*done already/);
  t.is(stage.stderr, '');

  const scored = await synood(['score', 'ood', 'ind/owl/0.png', '-d', 'runs/small', '--json'], {cwd});
  t.is(scored.code, 0, scored.stderr);
  const {images, threshold} = JSON.parse(scored.stdout) as {
    images: {path: string; score: number; inDistribution: boolean}[];
    threshold: number;
  };
  t.is(images.length, 13);
  for (const {score, inDistribution} of images) t.is(inDistribution, score >= threshold);

  const bad = await synood(['detect', 'ind/owl/0.png', 'ind/owl/empty.jpg', '-d', 'runs/small/detector'], {
    cwd,
  });
  t.is(bad.code, 1);
  t.regex(bad.stdout, /in-distribution +ind\/owl\/0\.png/);
  t.regex(bad.stdout, /left out: ind\/owl\/empty\.jpg: the file is empty/);

  const device = await synood(['score', 'ind/owl/0.png', '-d', 'runs/small', '--device', 'cuda:63'], {cwd});
  t.is(device.code, 1);
  t.regex(device.stderr, /'cuda:63'.*ERR_DEVICE/s);
});

/** Samples never come to rest, so that a synthesis takes seconds. */
const slow = {
  select: {perClass: 2},
  synthesize: {batchSize: 2, steps: 4, maxIterations: 8, boundary: 0, tolerance: 1e-6},
};

const syntheticImages = (folder: string): string[] =>
  existsSync(folder)
    ? readdirSync(folder, {recursive: true, encoding: 'utf8'})
        .filter((name) => name.endsWith('.png'))
        .sort()
    : [];

test.serial(
  'Ctrl-C in a synthesis: exit code 130 within 2 seconds, and the same command goes on from there',
  async (t) => {
    const cwd = temporaryFolder(t);
    await writeSmallRun(cwd, slow);
    const synthetic = (name: string) => join(cwd, name, 'synthetic');
    const stages = async (out: string) => {
      for (const stage of ['select', 'contexts']) {
        const {code, stderr} = await synood([stage, 'small.json', '-o', out, '--quiet'], {cwd});
        t.is(code, 0, stderr);
      }
    };
    await Promise.all([stages('whole'), stages('cut')]);
    const whole = await synood(['synthesize', '-o', 'whole', '--quiet'], {cwd});
    t.is(whole.code, 0, whole.stderr);

    let interrupted = 0;
    const cut = await synood(['synthesize', '-o', 'cut'], {
      cwd,
      onStart(kill) {
        const watch = setInterval(() => {
          if (syntheticImages(synthetic('cut')).length === 0) return;
          clearInterval(watch);
          interrupted = performance.now();
          kill('SIGINT');
        }, 20);
      },
    });
    const took = performance.now() - interrupted;
    t.log(`ended ${Math.round(took)} ms after Ctrl-C`);
    t.is(cut.code, 130, cut.stderr);
    t.true(took < 2000);
    t.regex(cut.stderr, /goes on from there:\n {2}synood synthesize -o cut/);
    const images = syntheticImages(synthetic('whole'));
    const before = syntheticImages(synthetic('cut'));
    t.true(before.length > 0 && before.length < images.length);

    const resumed = await synood(['synthesize', '-o', 'cut'], {cwd});
    t.is(resumed.code, 0, resumed.stderr);
    t.deepEqual(syntheticImages(synthetic('cut')), images);
    for (const name of [...images, 'metadata.jsonl']) {
      t.deepEqual(
        readFileSync(join(synthetic('cut'), name)),
        readFileSync(join(synthetic('whole'), name)),
        name,
      );
    }
  },
);
