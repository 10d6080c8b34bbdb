/**
 * node dist/bench/decode-memory.js: the most memory that decoding and the gradient back to the latents take, with every
 * block's results kept, with checkpointing, and in PyTorch, each in a process of its own.
 */
import {createHash} from 'node:crypto';
import {mkdirSync, mkdtempSync, readFileSync, rmSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {parseArgs} from 'node:util';
import type {Side} from './harness/child.js';
import type {Row} from './harness/row.js';
import {ourSide, peerSide} from './harness/sides.js';
import {Workspace} from './harness/workspace.js';
import rows from './rows/diffusion/gradient.js';

const USAGE = `node dist/bench/decode-memory.js [options]

The row decode-gradient of the diffusion area, two times: decode, score, and back to the latents.

  --size N         a picture's side in pixels; default 256
  --peer PYTHON    a Python that has torch, diffusers and transformers; default $SYNOOD_PYTHON, none: ours alone
  --threads N      of each side; default 2
  --work FOLDER    where random weights are kept; default below the temporary folder
  --json           the figures as JSON
`;

interface Measured {
  what: string;
  /** bytes that were resident at most during the first and the second gradient */
  first: number;
  second: number;
  seconds: number;
  /** of the gradient's bytes */
  hash: string;
}

const {values} = parseArgs({
  options: {
    size: {type: 'string', default: '256'},
    peer: {type: 'string', default: process.env['SYNOOD_PYTHON'] || undefined},
    threads: {type: 'string', default: '2'},
    work: {type: 'string', default: join(tmpdir(), 'synood-bench')},
    json: {type: 'boolean', default: false},
    help: {type: 'boolean', default: false},
  },
});

async function peakOf(side: Side): Promise<number> {
  const bytes = await side.peakMemory();
  if (bytes === null) throw new Error('/proc does not tell what is resident at most: this needs Linux.');
  return bytes;
}

async function measure(what: string, row: string, settings: object, side: Side): Promise<Measured> {
  const folder = mkdtempSync(join(values.work, 'outputs-'));
  try {
    const threads = Number(values.threads);
    await side.ask({op: 'load', area: 'diffusion', row, settings, device: 'cpu', dtype: 'float32', threads});
    await side.restartPeak();
    const output = join(folder, 'gradient.f32');
    await side.ask({op: 'run', output});
    const first = await peakOf(side);
    await side.restartPeak();
    const {seconds} = await side.ask({op: 'run'});
    const second = await peakOf(side);
    const hash = createHash('sha256').update(readFileSync(output)).digest('hex').slice(0, 16);
    return {what, first, second, seconds: seconds!, hash};
  } finally {
    rmSync(folder, {recursive: true, force: true});
    await side.close();
  }
}

const [kept, published] = rows as [Row, Row];

const gibibytes = (bytes: number): string => (bytes / 2 ** 30).toFixed(3);

async function main(): Promise<void> {
  mkdirSync(values.work, {recursive: true});
  const side = Number(values.size) / 8;
  const workspace = new Workspace(values.work);
  const {settings: own} = await kept.prepare(workspace, {quick: false});
  const latents = await workspace.input(`scaled-latents-${side}`, [1, 4, side, side], 4);
  const settings = {...own, latents, side: 8 * side};
  const found = [
    await measure('ours, everything kept', kept.name, settings, ourSide()),
    await measure('ours, checkpointed', kept.name, {...settings, checkpointing: true}, ourSide()),
  ];
  if (values.peer) {
    for (const [what, row] of [
      ['PyTorch, parameters frozen', kept],
      ['PyTorch, parameters trainable', published],
    ] as const) {
      found.push(
        await measure(what, row.name, settings, peerSide(row.peer!, values.peer, Number(values.threads))),
      );
    }
  }
  const best = found[1]!;
  const peak = ({first, second}: Measured) => Math.max(first, second);
  if (found[0]!.hash !== best.hash) process.exitCode = 1;
  if (values.json) {
    process.stdout.write(`${JSON.stringify({size: Number(values.size), rows: found}, null, 2)}\n`);
    return;
  }
  const same = found[0]!.hash === best.hash ? 'the same bytes' : 'OTHER BYTES';
  process.stdout.write(
    `${values.size}x${values.size}; checkpointed ${same} as kept\n\n` +
      '| Side | First, GiB | Second, GiB | Checkpointed ours is of it | Seconds |\n| - | - | - | - | - |\n',
  );
  for (const row of found) {
    const share = `${((100 * peak(best)) / peak(row)).toFixed(0)} %`;
    process.stdout.write(
      `| ${row.what} | ${gibibytes(row.first)} | ${gibibytes(row.second)} | ${share} | ${row.seconds.toFixed(1)} |\n`,
    );
  }
}

if (values.help) process.stdout.write(USAGE);
else await main();
