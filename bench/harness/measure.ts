import {join} from 'node:path';
import type {Side} from './child.js';
import {compareParts} from './compare-parts.js';
import type {Operation, Prepared, Row} from './row.js';
import {median} from './statistics.js';
import {readFloats} from './workspace.js';

/** A row's figures. Times are seconds, memory bytes. */
export interface RowResult {
  name: string;
  title: string;
  /** median */
  ours: number;
  peer: number | null;
  /** the peer's name, or why there is none */
  peerName: string;
  /** of its libraries */
  peerVersions: Record<string, string>;
  /** median of peer / ours over pairs that ran in turn: above 1 ours is faster */
  ratio: number | null;
  /** the least and the largest of those quotients */
  ratioRange: [number, number] | null;
  pairs: number;
  /** from the start of loading to the end of the first run */
  firstRun: {ours: number; peer: number | null};
  peakMemory: {ours: number | null; peer: number | null};
  operation: Operation;
  /** operations (bytes for 'copy') of one run */
  work: number;
  /** of the measured peak of `operation`, between 0 and 1 */
  shareOfPeak: number | null;
  /** of the two outputs, before anything was timed */
  maxDifference: number | null;
  /** what that may be at most */
  allowedDifference: number | null;
  failed?: string;
}

export interface MeasureOptions {
  area: string;
  device: string;
  dtype: string;
  threads: number;
  pairs: number;
  /** for outputs, while they are compared */
  folder: string;
  say: (line: string) => void;
}

export interface Sides {
  ours: Side;
  peer: Side | null;
  peerName: string;
}

/** What half precision alone makes two right computations differ by, as a share of the largest magnitude. */
const ROUNDING: Record<string, number> = {float16: 2e-2, bfloat16: 1e-1};

/** Loads both sides, compares their outputs, then times them in turn. */
export async function measureRow(
  row: Row,
  {settings, work, parts = []}: Prepared,
  {ours, peer, peerName}: Sides,
  options: MeasureOptions,
): Promise<RowResult> {
  const {area, device, dtype, threads, folder} = options;
  const load = {op: 'load', area, row: row.name, settings, device, dtype, threads};
  const first = async (side: Side, name: string) => {
    const begin = performance.now();
    const {versions} = await side.ask(load);
    const output = join(folder, `${row.name}.${name}.f32`);
    const loading = (performance.now() - begin) / 1000;
    const {seconds} = await side.ask({op: 'run', output});
    return {seconds: loading + seconds!, output, versions};
  };
  const result: RowResult = {
    name: row.name,
    title: row.title,
    ours: NaN,
    peer: null,
    peerName,
    peerVersions: {},
    ratio: null,
    ratioRange: null,
    pairs: options.pairs,
    firstRun: {ours: 0, peer: null},
    peakMemory: {ours: null, peer: null},
    operation: row.operation,
    work,
    shareOfPeak: null,
    maxDifference: null,
    allowedDifference: null,
  };
  const mine = await first(ours, 'ours');
  result.firstRun.ours = mine.seconds;
  if (peer) {
    const theirs = await first(peer, 'peer');
    result.firstRun.peer = theirs.seconds;
    result.peerVersions = theirs.versions ?? {};
    const [ourOutput, peerOutput] = await Promise.all([mine, theirs].map((one) => readFloats(one.output)));
    const least = ROUNDING[dtype] ?? 0;
    const compared = compareParts(ourOutput!, peerOutput!, parts, row.tolerance, least);
    for (const {verdict} of compared) options.say(`${row.name}: ${verdict}`);
    // The part that is nearest to its bound stands for all.
    const worst = compared.reduce((a, b) => (b.found / b.allowed > a.found / a.allowed ? b : a));
    result.maxDifference = worst.found;
    result.allowedDifference = worst.allowed;
    const failed = compared.find(({found, allowed}) => !(found <= allowed));
    if (failed) {
      result.failed = `the outputs differ: ${failed.verdict}`;
      return result;
    }
  }
  await timeInTurn(result, ours, peer, options);
  result.peakMemory = {ours: await ours.peakMemory(), peer: (await peer?.peakMemory()) ?? null};
  return result;
}

async function timeInTurn(result: RowResult, ours: Side, peer: Side | null, options: MeasureOptions) {
  const run = async (side: Side) => (await side.ask({op: 'run'})).seconds!;
  await run(ours);
  if (peer) await run(peer);
  const mine: number[] = [];
  const theirs: number[] = [];
  for (let pair = 0; pair < options.pairs; pair++) {
    mine.push(await run(ours));
    if (peer) theirs.push(await run(peer));
    const times = [mine, theirs].flatMap((times) => (times.length > 0 ? [times.at(-1)!.toFixed(3)] : []));
    options.say(`${result.name}: ${times.join(' s, peer ')} s`);
  }
  result.ours = median(mine);
  if (!peer) return;
  const ratios = theirs.map((seconds, pair) => seconds / mine[pair]!);
  result.peer = median(theirs);
  result.ratio = median(ratios);
  result.ratioRange = [Math.min(...ratios), Math.max(...ratios)];
}
