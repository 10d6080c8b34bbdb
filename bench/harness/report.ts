import type {RowResult} from './measure.js';
import type {Peaks} from './peaks.js';

/** All that one call measured: what `--json` prints. */
export interface Report {
  /** that made these figures */
  command: string;
  date: string;
  machine: {cpu: string; threads: number; device: string; node: string; libtorch: string};
  /** null where native/bench is not built */
  peaks: Peaks | null;
  rows: RowResult[];
}

const UNITS = {product: 'GFLOP/s', convolution: 'GFLOP/s', copy: 'GB/s'} as const;

const giga = (value: number): string => (value / 1e9).toFixed(0);
const seconds = (value: number | null): string =>
  value === null ? '-' : value >= 0.1 ? `${value.toFixed(2)} s` : `${(value * 1000).toFixed(2)} ms`;
const gibibytes = (bytes: number | null): string => (bytes === null ? '-' : (bytes / 2 ** 30).toFixed(2));
const times = (ratio: number): string => `${ratio.toFixed(2)}x`;

function cells(row: RowResult): string[] {
  const {peakMemory, ratioRange} = row;
  const ratio =
    row.ratio === null || ratioRange === null
      ? '-'
      : `${times(row.ratio)} (${ratioRange.map((value) => value.toFixed(2)).join(' to ')})`;
  const rate =
    row.failed || !Number.isFinite(row.work) ? '-' : `${giga(row.work / row.ours)} ${UNITS[row.operation]}`;
  const share =
    row.shareOfPeak === null || !Number.isFinite(row.shareOfPeak)
      ? '-'
      : `${(100 * row.shareOfPeak).toFixed(0)} % (${row.operation})`;
  const memory = `${gibibytes(peakMemory.ours)} / ${gibibytes(peakMemory.peer)}`;
  const first = `${seconds(row.firstRun.ours)} / ${seconds(row.firstRun.peer)}`;
  const name = row.failed ? `${row.name}: FAILED, ${row.failed}` : `${row.name}: ${row.title}`;
  const ours = seconds(row.failed ? null : row.ours);
  return [name, ours, `${seconds(row.peer)} ${row.peerName}`, ratio, rate, share, memory, first];
}

const HEAD = ['Row', 'Ours', 'Peer', 'Ratio', 'Rate', 'Of peak', 'Peak memory, GiB', 'Load and first run'];

/** A table and what is needed to read it, in Markdown. */
export function markdownOf(report: Report): string {
  const {machine, peaks} = report;
  const peakWords = peaks
    ? (Object.keys(UNITS) as (keyof typeof UNITS)[]).map(
        (name) => `${name} ${giga(peaks[name])} ${UNITS[name]}`,
      )
    : ['not measured (not built: `node scripts/cmake-build.mjs build/Release --bench`; or --quick)'];
  const versions = report.rows.flatMap(({peerVersions}) => Object.entries(peerVersions));
  const libraries = [...new Set(versions.map(([name, version]) => `${name} ${version}`))];
  const table = [HEAD, HEAD.map(() => '---'), ...report.rows.map(cells)];
  return [
    `\`${report.command}\`, ${report.date.slice(0, 10)}: ${machine.cpu}, ${machine.threads} threads, device ${machine.device}, LibTorch ${machine.libtorch}, Node ${machine.node}.`,
    `Peaks of this run: ${peakWords.join(', ')}. Peers' libraries: ${libraries.join(', ') || 'none'}.`,
    '',
    ...table.map((row) => `| ${row.join(' | ')} |`),
    '',
  ].join('\n');
}
