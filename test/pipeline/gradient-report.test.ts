import {readFileSync} from 'node:fs';
import {join} from 'node:path';
import test from 'ava';
import {resolveConfig} from '../../ts/pipeline/config/read-config.js';
import {reportGradients} from '../../ts/pipeline/gradient-report.js';
import {runPipeline} from '../../ts/pipeline/run.js';
import {temporaryFolder} from '../support/folder.js';
import {tinyModels} from '../support/tiny-models.js';
import {tinyConfig, tinyData} from '../support/tiny-run.js';

test("CLIP's score, exact gradients and line searches make a run, whose gradients are then compared", async (t) => {
  const folder = temporaryFolder(t);
  const out = join(folder, 'run');
  const base = tinyConfig(await tinyData(folder, 3), await tinyModels());
  const synthesize = {
    ...base.synthesize,
    score: 'clip' as const,
    objective: 'msp' as const,
    side: 'inside' as const,
    gradient: {truncated: 1},
    stepRule: 'line-search' as const,
    retries: 1,
  };
  const config = resolveConfig({...base, select: {perClass: 1}, synthesize});
  await runPipeline(config, {out, stages: ['select', 'contexts', 'synthesize']});
  const boundary = JSON.parse(readFileSync(join(out, 'boundary.json'), 'utf8')) as Record<string, unknown>;
  t.like(boundary, {score: 'msp', model: 'clip'});
  t.regex(boundary['calibrationImages'] as string, /^[0-9a-f]{16,}$/);
  const rows = readFileSync(join(out, 'synthetic', 'metadata.jsonl'), 'utf8')
    .trim()
    .split('\n');
  for (const line of rows) {
    const row = JSON.parse(line) as {
      iterations: number;
      attempts: number;
      step_sizes: number[];
      gradient_norms: number[];
    };
    t.is(row.step_sizes.length, row.iterations);
    t.is(row.gradient_norms.length, row.iterations);
    t.true(row.attempts === 1 || row.attempts === 2);
  }

  const options = {out, limit: 2, strengths: [1], methods: ['skip', 'exact'], stepSize: 0.02};
  const report = await reportGradients(config, options);
  t.is(report.rows.length, 4);
  t.deepEqual(
    report.summary.map(({method}) => method),
    ['skip', 'exact'],
  );
  t.deepEqual(await reportGradients(config, options), report);
  t.like(await t.throwsAsync(reportGradients(config, {out, methods: ['all']})), {code: 'ERR_CONFIG'});
});
