/**
 * npm run bench -- <area> [--peer python] [--json]: measures synood beside the libraries that people would use otherwise.
 * docs/benchmarks.md says how to read the figures and how to add a row.
 */
import {mkdirSync, mkdtempSync, rmSync, writeFileSync} from 'node:fs';
import {createRequire} from 'node:module';
import {cpus, tmpdir} from 'node:os';
import {join} from 'node:path';
import {parseArgs} from 'node:util';
import {Engine} from '../ts/models/engine.js';
import type {Side} from './harness/child.js';
import {ourSide, peerSide} from './harness/sides.js';
import {measureRow, type RowResult} from './harness/measure.js';
import {measurePeaks, type Peaks} from './harness/peaks.js';
import {markdownOf, type Report} from './harness/report.js';
import type {Row} from './harness/row.js';
import {areas, rowsIn} from './harness/rows.js';
import {Workspace} from './harness/workspace.js';

const USAGE = `npm run bench -- <area> [options]

Areas: ${areas().join(', ')}

  --peer PYTHON     a Python that has the peers' libraries; default $SYNOOD_PYTHON, none: ours alone
  --device DEVICE   cpu (default) or cuda
  --dtype TYPE      float32 (default); bfloat16 or float16 on cuda
  --threads N       of both sides; default: all
  --only ROW,...    some rows
  --pairs N         how often both sides are timed in turn; default 5
  --quick           small sizes, to try the rows themselves; the figures mean nothing
  --work FOLDER     where random weights and inputs are kept; default below the temporary folder
  --json            the figures as JSON on stdout
  --out STEM        write STEM.json and STEM.md too

Examples:
  npm run bench -- diffusion --peer python3
  SYNOOD_PYTHON=venv/bin/python npm run bench -- diffusion --only vae-decode --pairs 9 --json
`;

function parse() {
  return parseArgs({
    allowPositionals: true,
    options: {
      peer: {type: 'string', default: process.env['SYNOOD_PYTHON'] || undefined},
      device: {type: 'string', default: 'cpu'},
      dtype: {type: 'string', default: 'float32'},
      threads: {type: 'string', default: '0'},
      only: {type: 'string'},
      pairs: {type: 'string', default: '5'},
      quick: {type: 'boolean', default: false},
      work: {type: 'string', default: join(tmpdir(), 'synood-bench')},
      json: {type: 'boolean', default: false},
      out: {type: 'string'},
      help: {type: 'boolean', default: false},
    },
  });
}

type Values = ReturnType<typeof parse>['values'];

const say = (line: string): void => void process.stderr.write(`bench: ${line}\n`);
const positive = (text: string, least: number): number => {
  const number = Number(text);
  if (!Number.isInteger(number) || number < least) throw new Error(`expected a number, got '${text}'`);
  return number;
};

/** What is asked for; a name that is none is an error that tells the names. */
async function chosen(area: string, only: string | undefined): Promise<Row[]> {
  const rows = await rowsIn(area);
  const wanted = only?.split(',');
  const unknown = wanted?.filter((name) => !rows.some((row) => row.name === name)) ?? [];
  if (unknown.length > 0) {
    throw new Error(
      `no row ${unknown.join(', ')} in ${area}; there are ${rows.map(({name}) => name).join(', ')}`,
    );
  }
  return rows.filter(({name}) => !wanted || wanted.includes(name));
}

function installed(name: string): boolean {
  try {
    createRequire(import.meta.url).resolve(name);
    return true;
  } catch {
    return false;
  }
}

/** The peer's process, or why there is none. */
function sideOfPeer(
  row: Row,
  python: string | undefined,
  threads: number,
): {peer: Side | null; name: string} {
  if (!row.peer) return {peer: null, name: 'none computes this'};
  if (!python) return {peer: null, name: `${row.peer.name}: not measured, no --peer`};
  const {needs} = row.peer;
  if (needs !== undefined && !installed(needs)) {
    const command = `npm install --no-save --ignore-scripts ${needs}`;
    return {peer: null, name: `${row.peer.name}: not measured, not installed (\`${command}\`)`};
  }
  return {peer: peerSide(row.peer, python, threads), name: row.peer.name};
}

async function measure(area: string, row: Row, values: Values, threads: number): Promise<RowResult> {
  const workspace = new Workspace(values.work);
  mkdirSync(values.work, {recursive: true});
  say(`${row.name}: ${row.title}`);
  const prepared = await row.prepare(workspace, {quick: values.quick});
  const folder = mkdtempSync(join(values.work, 'outputs-'));
  const ours = ourSide();
  const {peer, name: peerName} = sideOfPeer(row, values.peer, threads);
  try {
    const {device, dtype} = values;
    const pairs = positive(values.pairs, 1);
    const options = {area, device, dtype, threads, pairs, folder, say};
    return await measureRow(row, prepared, {ours, peer, peerName}, options);
  } finally {
    await Promise.all([ours.close(), peer?.close()]);
    rmSync(folder, {recursive: true, force: true});
  }
}

const withShare = (row: RowResult, peaks: Peaks | null): RowResult =>
  peaks && !row.failed ? {...row, shareOfPeak: row.work / row.ours / peaks[row.operation]} : row;

async function main(area: string, values: Values): Promise<boolean> {
  const rows = await chosen(area, values.only);
  await using engine = await Engine.open({device: values.device as 'cpu'});
  const {device, libtorchVersion, threads: all} = engine.info;
  const threads = positive(values.threads, 0) || all;
  await engine.dispose();
  const {dtype} = values;
  const peaks = values.quick ? null : await measurePeaks({device: values.device, dtype, threads});
  const results: RowResult[] = [];
  for (const row of rows) results.push(withShare(await measure(area, row, values, threads), peaks));
  const report: Report = {
    command: `npm run bench -- ${process.argv.slice(2).join(' ')}`,
    date: new Date().toISOString(),
    machine: {
      cpu: cpus()[0]?.model.trim() ?? 'unknown',
      threads,
      device,
      node: process.version,
      libtorch: libtorchVersion,
    },
    peaks,
    rows: results,
  };
  const json = `${JSON.stringify(report, null, 2)}\n`;
  process.stdout.write(values.json ? json : markdownOf(report));
  if (values.out) {
    writeFileSync(`${values.out}.json`, json);
    writeFileSync(`${values.out}.md`, markdownOf(report));
  }
  return results.every(({failed}) => failed === undefined);
}

try {
  const {values, positionals} = parse();
  const [area] = positionals;
  if (values.help || !area || !areas().includes(area)) {
    process.stdout.write(USAGE);
    process.exitCode = values.help ? 0 : 2;
  } else {
    process.exitCode = (await main(area, values)) ? 0 : 1;
  }
} catch (error) {
  say(error instanceof Error ? error.message : String(error));
  process.exitCode = 1;
}
