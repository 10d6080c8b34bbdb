import {writeFileSync} from 'node:fs';
import {join} from 'node:path';
import test from 'ava';
import {Side} from '../../bench/harness/child.js';
import {compareParts} from '../../bench/harness/compare-parts.js';
import {measureRow, type Sides} from '../../bench/harness/measure.js';
import type {Report} from '../../bench/harness/report.js';
import type {Row} from '../../bench/harness/row.js';
import {runToEnd} from '../../bench/harness/child.js';
import {temporaryFolder} from '../support/folder.js';
import {repoRoot} from '../support/paths.js';

/** A side that answers with one number after some milliseconds. */
const side = (folder: string, value: number, milliseconds: number): Side => {
  const script = join(folder, `side-${value}-${milliseconds}.mjs`);
  writeFileSync(
    script,
    `import {writeFileSync} from 'node:fs';
     import {createInterface} from 'node:readline';
     for await (const line of createInterface({input: process.stdin})) {
       const {op, output} = JSON.parse(line);
       const begin = performance.now();
       while (op === 'run' && performance.now() - begin < ${milliseconds});
       if (output) writeFileSync(output, new Uint8Array(Float32Array.of(${value}).buffer));
       console.log(JSON.stringify({seconds: (performance.now() - begin) / 1000, versions: {fake: '1'}}));
     }`,
  );
  return new Side('a side', process.execPath, [script]);
};

const row = {name: 'row', title: 'one number', operation: 'copy', tolerance: 0.01} as Row;

async function measured(folder: string, sides: Omit<Sides, 'peerName'>) {
  const options = {area: '', device: 'cpu', dtype: 'float32', threads: 1, pairs: 3, folder, say: () => {}};
  try {
    return await measureRow(row, {settings: {}, work: 1}, {...sides, peerName: 'fake'}, options);
  } finally {
    await Promise.all([sides.ours.close(), sides.peer?.close()]);
  }
}

test('the ratio is how many times longer the peer takes', async (t) => {
  const folder = temporaryFolder(t);
  const result = await measured(folder, {ours: side(folder, 100, 20), peer: side(folder, 100.5, 60)});
  t.is(result.failed, undefined);
  t.true(result.ratio! > 2 && result.ratio! < 4.5, `${result.ratio}`);
  t.is(result.maxDifference, 0.5);
  t.true(result.ours >= 0.02 && result.peer! >= 0.06);
  t.deepEqual(result.peerVersions, {fake: '1'});
});

test('a row whose outputs differ is not timed and fails', async (t) => {
  const folder = temporaryFolder(t);
  const result = await measured(folder, {ours: side(folder, 100, 0), peer: side(folder, 102, 0)});
  t.regex(result.failed!, /the outputs differ/);
  t.is(result.ratio, null);
});

test('without a peer a row has our own figures', async (t) => {
  const folder = temporaryFolder(t);
  const output = await runToEnd(process.execPath, [
    join(repoRoot, 'dist', 'bench', 'main.js'),
    ...['diffusion', '--quick', '--only', 'vae-decode-256', '--pairs', '1', '--json', '--work', folder],
    ...['--peer', ''],
  ]);
  const {rows} = JSON.parse(output) as Report;
  t.is(rows.length, 1);
  const [row] = rows;
  t.true(row!.ours > 0 && row!.work > 1e6);
  t.is(row!.peer, null);
  t.regex(row!.peerName, /no --peer/);
  t.true(process.platform !== 'linux' || row!.peakMemory.ours! > 50e6);
});

test('parts of an output have their own tolerances, as largest magnitude or as norm', (t) => {
  const reference = Float32Array.of(1, -2, 3, 4, 100);
  const parts = [
    {name: 'a', length: 2, tolerance: 0.1},
    {name: 'b', length: 2, tolerance: 0.1, measure: 'norm' as const},
  ];
  const ours = Float32Array.of(1, -2.15, 3.3, 4.4, 100.5);
  const found = compareParts(ours, reference, parts, 0.01, 0);
  t.deepEqual(
    found.map(({found, allowed}) => [found.toFixed(2), allowed.toFixed(2)]),
    [
      ['0.15', '0.20'],
      ['0.50', '0.50'],
      ['0.50', '1.00'],
    ],
  );
  t.true(found[1]!.found > 0.4999 && found[1]!.found < 0.5001);
  const half = compareParts(ours, reference, parts, 0.01, 0.2);
  t.is(half[2]!.allowed, 20);
  const short = compareParts(ours.subarray(0, 4), reference, parts, 0.01, 0);
  t.is(short[2]!.found, Infinity);
  t.is(compareParts(Float32Array.of(NaN), Float32Array.of(1), [], 1, 0)[0]!.found, Infinity);
});
