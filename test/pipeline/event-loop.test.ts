import {mkdirSync, readFileSync} from 'node:fs';
import {join} from 'node:path';
import test from 'ava';
import sharp from 'sharp';
import {runPipeline} from '../../ts/pipeline/run.js';
import {temporaryFolder} from '../support/folder.js';
import {tinyModels} from '../support/tiny-models.js';
import {tinyConfig, tinyData} from '../support/tiny-run.js';

/** Milliseconds that the main thread has waited for a processor that others had; 0 where the system does not tell. */
function waited(): number {
  try {
    return Number(readFileSync('/proc/self/schedstat', 'utf8').split(' ')[1]) / 1e6;
  } catch {
    return 0;
  }
}

interface Tick {
  /** after it was due */
  late: number;
  /** of that, less what it waited for a processor */
  own: number;
}

/** Watches a timer from now on, until the result is called. */
function watchTimer(interval: number): () => Tick[] {
  const ticks: Tick[] = [];
  let due = performance.now() + interval;
  let before = waited();
  const tick = () => {
    const late = Math.max(0, performance.now() - due);
    const now = waited();
    ticks.push({late, own: Math.max(0, late - (now - before))});
    before = now;
    due = performance.now() + interval;
    timer = setTimeout(tick, interval);
  };
  let timer = setTimeout(tick, interval);
  return () => {
    clearTimeout(timer);
    return ticks;
  };
}

function percentile(values: number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))]!;
}

test('while images are synthesised from photographs, timers are on time', async (t) => {
  const folder = temporaryFolder(t);
  const data = await tinyData(folder, 4);
  // Photographs of two megapixels: shrinking one in one go would take longer than a tick.
  mkdirSync(join(folder, 'ind', 'owl'), {recursive: true});
  for (let i = 0; i < 4; i++) {
    const noise = {type: 'gaussian', mean: 128, sigma: 40} as const;
    await sharp({create: {width: 1800, height: 1200, channels: 3, background: 'grey', noise}})
      .jpeg()
      .toFile(join(folder, 'ind', 'owl', `large-${i}.jpg`));
  }
  const config = tinyConfig({...data, splitShare: 0}, await tinyModels());
  config.synthesize = {...config.synthesize, boundary: 1.49, tolerance: 0.001, steps: 8, maxIterations: 6};
  config.select = {perClass: 8};
  const out = join(folder, 'out');
  await runPipeline(config, {out, stages: ['select', 'contexts']});
  const stop = watchTimer(10);
  await runPipeline(config, {out, stages: ['synthesize']});
  const ticks = stop();
  const figures = (values: number[]) =>
    [0.5, 0.99, 1].map((share) => `${percentile(values, share).toFixed(1)} ms`).join(', ');
  const own = ticks.map((tick) => tick.own);
  t.log(
    `10 ms timer during synthesis, ${ticks.length} ticks, late at the median, 99th percentile and most: ${figures(ticks.map((tick) => tick.late))}`,
  );
  t.log(`the same without waiting for a processor that other programs had: ${figures(own)}`);
  t.true(ticks.length > 50);
  t.true(percentile(own, 0.99) < 20);
});
