import {createHash} from 'node:crypto';
import {existsSync, readdirSync, readFileSync, rmSync} from 'node:fs';
import {join} from 'node:path';
import test, {type ExecutionContext} from 'ava';
import sharp from 'sharp';
import {Engine} from '../../ts/models/engine.js';
import {Detector} from '../../ts/detection/detector.js';
import {readRunRecord} from '../../ts/pipeline/run-directory.js';
import {runPipeline, type RunOptions} from '../../ts/pipeline/run.js';
import {stageNames} from '../../ts/pipeline/stage.js';
import {temporaryFolder} from '../support/folder.js';
import {tinyModels} from '../support/tiny-models.js';
import {tinyConfig, tinyData} from '../support/tiny-run.js';

/** Every file but the two that tell times, and the feature bank, whose files are named by chance. */
function hashes(folder: string): Record<string, string> {
  const files = readdirSync(folder, {recursive: true, withFileTypes: true}).filter((entry) => entry.isFile());
  const paths = files
    .map(({parentPath, name}) => join(parentPath, name))
    .filter((path) => !path.endsWith('run.json') && !path.endsWith('times.jsonl'))
    .filter((path) => !path.startsWith(join(folder, 'features')));
  return Object.fromEntries(
    paths
      .sort()
      .map((path) => [
        path.slice(folder.length + 1),
        createHash('sha256').update(readFileSync(path)).digest('hex'),
      ]),
  );
}

async function setUp(t: ExecutionContext) {
  const folder = temporaryFolder(t);
  return {folder, config: tinyConfig(await tinyData(folder), await tinyModels())};
}

async function statuses(config: Parameters<typeof runPipeline>[0], options: RunOptions): Promise<string> {
  const {stages} = await runPipeline(config, options);
  return stages.map(({name, status}) => `${name}:${status}`).join(' ');
}

test('a run makes every file, and done again it does nothing', async (t) => {
  const {folder, config} = await setUp(t);
  const out = join(folder, 'out');
  const seen = new Set<string>();
  const summary = await runPipeline(config, {out, onProgress: ({stage}) => seen.add(stage)});
  t.deepEqual(summary.leftOut, []);
  t.deepEqual(
    summary.stages.map(({name}) => name),
    [...stageNames],
  );
  for (const stage of stageNames.slice(0, 6)) t.true(seen.has(stage), stage);

  t.deepEqual(
    summary.evaluation?.detectors.map(({name}) => name),
    ['mcm', 'neglabel', 'synood-image', 'synood-label', 'synood'],
  );
  for (const {sets, means, inDistribution} of summary.evaluation!.detectors) {
    t.deepEqual(
      sets.map(({name, inCount, outCount}) => [name, inCount, outCount]),
      [
        ['far', 3, 6],
        ['near', 3, 6],
      ],
    );
    t.is(means['validation']!.auroc, (sets[0]!.auroc + sets[1]!.auroc) / 2);
    t.is(inDistribution[0]!.name, 'validation');
  }
  const rows = readFileSync(join(out, 'synthetic', 'metadata.jsonl'), 'utf8')
    .trim()
    .split('\n');
  t.is(rows.length, 9);
  const names = rows.map((row) => (JSON.parse(row) as {file_name: string}).file_name);
  t.deepEqual(names, [...names].sort());
  for (const name of names) t.true(existsSync(join(out, 'synthetic', name)));
  t.regex(readFileSync(summary.report!, 'utf8'), /NegLabel/);
  const record = await readRunRecord(out);
  t.truthy(record.versions['libtorch']);

  // Its detector scores images as the evaluation did.
  await using engine = await Engine.open({device: 'cpu', threads: 1});
  const detector = await Detector.load(summary.detector!, {engine});
  const kept = JSON.parse(readFileSync(join(out, 'scores', 'synood.json'), 'utf8')) as {
    outOfDistribution: Record<string, {ids: string[]; scores: number[]}>;
  };
  const far = kept.outOfDistribution['far']!;
  const scores = await detector.score(
    far.ids.map((id) => join(folder, 'ood', 'far', id)),
    {batchSize: 8},
  );
  t.deepEqual(Array.from(scores), far.scores);

  const before = hashes(out);
  t.is(await statuses(config, {out}), stageNames.map((name) => `${name}:skipped`).join(' '));
  t.deepEqual(hashes(out), before);

  // Only what depends on a changed setting is done again.
  const share = {...config, mine: {share: 0.9}};
  t.is(
    await statuses(share, {out}),
    'select:skipped contexts:skipped synthesize:skipped mine:done finetune:done evaluate:done report:done',
  );
  rmSync(join(out, 'report.html'));
  t.regex(await statuses(share, {out}), /evaluate:skipped report:done$/);
});

test('an interrupted run goes on, to the bytes of one that was not', async (t) => {
  const {folder, config: plain} = await setUp(t);
  const config = {...plain, synthesize: {...plain.synthesize, previews: 8}};
  const whole = join(folder, 'whole');
  await runPipeline(config, {out: whole});
  const out = join(folder, 'cut');
  let cuts = 0;
  for (const [stage, after] of [
    ['select', 5],
    ['synthesize', 1],
    ['synthesize', 4],
    ['evaluate', 3],
  ] as const) {
    const controller = new AbortController();
    const error = await t.throwsAsync(
      runPipeline(config, {
        out,
        signal: controller.signal,
        onProgress: ({stage: now, done, detail}) => {
          if (now === stage && done >= after && !detail?.startsWith('scores')) controller.abort();
        },
      }),
    );
    t.like(error, {code: 'ERR_ABORTED'});
    t.is(existsSync(join(out, 'synthetic', 'metadata.jsonl')), stage === 'evaluate');
    cuts++;
  }
  t.is(cuts, 4);
  const left = readFileSync(join(out, 'run.json'), 'utf8');
  t.regex(left, /"mine"/);
  await runPipeline(config, {out});
  t.deepEqual(hashes(out), hashes(whole));

  const rows = readFileSync(join(out, 'synthetic', 'metadata.jsonl'), 'utf8')
    .trim()
    .split('\n');
  for (const row of rows) {
    const {previews, iterations} = JSON.parse(row) as {previews: string; iterations: number};
    const {width, height} = await sharp(join(out, previews)).metadata();
    t.deepEqual([width, height], [8 * iterations, 8], 'a picture for every iteration, from left to right');
  }
  t.is(readFileSync(join(out, 'times.jsonl'), 'utf8').trim().split('\n').length, rows.length);
});

test('samples of other settings are not gone on with', async (t) => {
  const {folder, config} = await setUp(t);
  const out = join(folder, 'out');
  const controller = new AbortController();
  const stop = {signal: controller.signal};
  await t.throwsAsync(
    runPipeline(config, {
      out,
      ...stop,
      onProgress: ({stage, done, detail}) => {
        if (stage === 'synthesize' && done >= 3 && detail?.includes('iteration')) controller.abort();
      },
    }),
  );
  const other = {...config, seed: 9};
  const stages = ['select', 'contexts', 'synthesize'] as const;
  await runPipeline(other, {out, stages});
  const fresh = join(folder, 'fresh');
  await runPipeline(other, {out: fresh, stages});
  t.deepEqual(hashes(out), hashes(fresh));
});

test('a stage on its own needs those before it, and says which', async (t) => {
  const {folder, config} = await setUp(t);
  const out = join(folder, 'out');
  const error = await t.throwsAsync(runPipeline(config, {out, stages: ['mine']}));
  t.like(error, {code: 'ERR_CONFIG'});
  t.regex(error.message, /"mine" needs what "select" makes/);
  t.is(await statuses(config, {out, stages: ['select']}), 'select:done');
  t.is(await statuses(config, {out, stages: ['contexts', 'select']}), 'select:skipped contexts:done');
});
