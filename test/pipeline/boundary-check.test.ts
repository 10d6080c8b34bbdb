import {copyFile, rm, writeFile} from 'node:fs/promises';
import {join} from 'node:path';
import test from 'ava';
import {readJsonl} from '../../ts/data/files/jsonl.js';
import {checkBoundary} from '../../ts/pipeline/boundary-check.js';
import {resolveConfig} from '../../ts/pipeline/config/read-config.js';
import {runPipeline} from '../../ts/pipeline/run.js';
import {temporaryFolder} from '../support/folder.js';
import {tinyModels} from '../support/tiny-models.js';
import {tinyConfig, tinyData} from '../support/tiny-run.js';

const stages = ['select', 'contexts', 'synthesize'] as const;

interface Row {
  id: string;
  file_name: string;
  score: number;
  trajectory: number[];
}

test('files are scored anew: a changed one counts as what it is, a lost one is named', async (t) => {
  const folder = temporaryFolder(t);
  const out = join(folder, 'run');
  const base = tinyConfig(await tinyData(folder), await tinyModels());
  const config = resolveConfig({...base, synthesize: {...base.synthesize, tolerance: 0.05}});
  await runPipeline(config, {out, stages});
  const rows = (await readJsonl(join(out, 'synthetic', 'metadata.jsonl'))) as Row[];
  const check = await checkBoundary(config, {out});
  t.is(check.rows.length, rows.length);
  t.true(check.largestDifference > 0 && check.largestDifference < 0.01, String(check.largestDifference));
  for (const {id, score} of check.rows)
    t.true(Math.abs(score - rows.find((row) => row.id === id)!.score) <= check.largestDifference);
  const near = (score: number) => Math.abs(score - check.boundary) <= check.tolerance;
  t.is(check.unguided.within, rows.filter(({trajectory}) => near(trajectory[0]!)).length);
  t.is(check.all.within, check.rows.filter(({score}) => near(score)).length);
  t.true(check.secondsPerAccepted > 0);

  const [first, second] = rows as [Row, Row];
  const file = (row: Row) => join(out, 'synthetic', row.file_name);
  await copyFile(file(second), file(first));
  const changed = await checkBoundary(config, {out});
  const scoreOf = (id: string) => changed.rows.find((row) => row.id === id)!.score;
  t.is(scoreOf(first.id), scoreOf(second.id));

  await rm(file(first));
  await writeFile(file(second), 'no image');
  const lost: string[] = [];
  const less = await checkBoundary(config, {out, onLeftOut: (what) => lost.push(what)});
  t.is(less.rows.length, rows.length - 2);
  t.deepEqual(lost.sort(), [`synthetic: ${first.id}`, `synthetic: ${second.id}`].sort());
});

test("CLIP's zero-shot scores are those of the search; another model's boundary is refused", async (t) => {
  const folder = temporaryFolder(t);
  const out = join(folder, 'run');
  const base = tinyConfig(await tinyData(folder, 3), await tinyModels());
  const synthesize = {...base.synthesize, score: 'clip' as const, objective: 'msp' as const, temperature: 2};
  const config = resolveConfig({...base, select: {perClass: 1}, synthesize});
  await runPipeline(config, {out, stages});
  const check = await checkBoundary(config, {out});
  t.is(check.score, 'msp');
  t.true(check.rows.every(({score}) => score > 1 / 3 && score <= 1));
  t.true(check.largestDifference < 0.01, String(check.largestDifference));

  // The classifier has six classes, the run's folders three.
  const other = resolveConfig({...base, select: {perClass: 1}});
  const error = await t.throwsAsync(checkBoundary(other, {out}));
  t.like(error, {code: 'ERR_CONFIG'});
  t.regex(error.message, /clip of 3 classes, got classifier of 6\. Calibrate again: synood synthesize/);
});
