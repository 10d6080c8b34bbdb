import {baselineOf, type Difference, meanDifference, setDifference, setsOf} from './comparison.js';
import {isolated, markup, type Markup} from './escape.js';
import {csv, download} from './figure.js';
import {
  count,
  direction,
  listed,
  percent,
  percentInterval,
  points,
  pointsInterval,
  pValue,
} from './format.js';
import {type DetectorResult, type Interval, type Intervals, type ReportData} from './report-data.js';

/** Whether chance alone may have made a difference: its interval holds 0. */
const unsure = ({low, high}: Interval): boolean => low <= 0 && high >= 0;

/** A difference with its sign and a word, so that neither colour nor the direction of a measure has to be known. */
function differenceOf(value: number, better: 1 | -1, interval: Interval | undefined): Markup {
  const way = direction(value) * better;
  const word = way > 0 ? 'better' : way < 0 ? 'worse' : 'same';
  const range = interval
    ? markup`<small class="range">${pointsInterval(interval)}</small>${unsure(interval) ? markup`<small class="range">may be chance</small>` : ''}`
    : '';
  return markup`<small class="${word}">${points(value)} ${word}</small>${range}`;
}

type Measured = {auroc: number; fpr95: number; intervals?: Intervals; difference?: Intervals & {p?: number}};

function measures(
  label: Markup | string,
  values: Measured | undefined,
  difference: Difference | undefined,
  kind: string,
): Markup {
  if (!values) {
    return markup`<td class="${kind} absent" colspan="2"><span class="of">${label}</span><span>not evaluated</span></td>`;
  }
  const sure = values.difference;
  const ranges = (measure: 'auroc' | 'fpr95') =>
    values.intervals
      ? markup`<small class="range">${percentInterval(values.intervals[measure])}</small>`
      : '';
  return markup`<td class="${kind}" data-auroc="${values.auroc}"><span class="of">${label}</span><span class="measure">AUROC</span><span>${percent(values.auroc)}</span>${ranges('auroc')}${
    difference ? differenceOf(difference.auroc, 1, sure?.auroc) : ''
  }${difference && sure?.p !== undefined ? markup`<small class="range">${pValue(sure.p)}</small>` : ''}</td><td class="${kind} second" data-fpr95="${values.fpr95}"><span class="measure">FPR95</span><span>${percent(values.fpr95)}</span>${ranges('fpr95')}${
    difference ? differenceOf(difference.fpr95, -1, sure?.fpr95) : ''
  }</td>`;
}

function row(detector: DetectorResult, data: ReportData): Markup {
  const baseline = baselineOf(data);
  const {accuracy} = detector.inDistribution;
  const facts = accuracy === undefined ? '' : markup`<small>accuracy ${percent(accuracy)} %</small>`;
  const cells = setsOf(data).map(({name, title}) => {
    const set = detector.sets.find((one) => one.name === name);
    return measures(isolated(title), set, set && setDifference(set, detector, baseline), 'set');
  });
  return markup`<tr class="${detector === baseline ? 'baseline' : ''}"><th scope="row"><span class="name">${isolated(
    detector.title,
  )}</span>${detector.baseline ? markup` <span class="badge">baseline</span>` : ''}${facts}</th>${measures(
    'Mean',
    detector.mean,
    meanDifference(detector, baseline),
    'mean',
  )}${cells}</tr>`;
}

function rangesOf({intervals, difference}: Measured): (string | number)[] {
  const ends = (one: Intervals | undefined) =>
    one ? [one.auroc.low, one.auroc.high, one.fpr95.low, one.fpr95.high] : ['', '', '', ''];
  return [...ends(intervals), ...ends(difference), difference?.p ?? ''];
}

function tableCsv(data: ReportData): string {
  const rows = data.detectors.flatMap((detector) => [
    [
      detector.name,
      'mean',
      '',
      detector.mean.auroc,
      detector.mean.fpr95,
      '',
      '',
      '',
      ...rangesOf(detector.mean),
    ],
    ...detector.sets.map((set) => [
      detector.name,
      set.name,
      set.count,
      set.auroc,
      set.fpr95,
      set.aupr?.in ?? '',
      set.aupr?.out ?? '',
      set.fprDefinition,
      ...rangesOf(set),
    ]),
  ]);
  const head = [
    ...['detector', 'set', 'images', 'auroc', 'fpr95', 'aupr_in', 'aupr_out', 'fpr_definition'],
    ...['auroc_low', 'auroc_high', 'fpr95_low', 'fpr95_high'],
    ...['auroc_difference_low', 'auroc_difference_high', 'fpr95_difference_low', 'fpr95_difference_high'],
    'p',
  ];
  return csv([head, ...rows]);
}

const hasIntervals = ({detectors}: ReportData): boolean =>
  detectors.some(({mean, sets}) => mean.intervals ?? sets.some(({intervals}) => intervals));

/** How many in-distribution images the sets were told apart from. */
function inDistribution(data: ReportData): string {
  const counts = [...new Set(data.detectors.map((detector) => detector.inDistribution.count))];
  return counts.length === 0 ? '' : `In-distribution: ${listed(counts.map(count))} images.`;
}

/** Detectors by sets: AUROC and FPR95 in percent, with the differences to the baseline. */
export function resultTable(data: ReportData): Markup {
  const sets = setsOf(data);
  const definitions = [...new Set(data.detectors.flatMap((one) => one.sets.map((set) => set.fprDefinition)))];
  const pair = markup`<th scope="col">AUROC <span aria-label="higher is better">↑</span></th><th scope="col">FPR95 <span aria-label="lower is better">↓</span></th>`;
  return markup`<div class="scroll" tabindex="0" role="region" aria-label="Results"><table class="results"><caption>AUROC and FPR95 in percent; below each, the difference to the baseline in points. AUROC: higher is better; FPR95 (${definitions.map((name, index) => markup`${index > 0 ? ', ' : ''}${isolated(name)}`)}): lower is better. ${inDistribution(data)}${hasIntervals(data) ? ' Ranges are 95 % intervals of a paired bootstrap; p is that of DeLong’s test of two AUROCs.' : ''}</caption>
<thead><tr><th rowspan="2" scope="col">Detector</th><th colspan="2" scope="colgroup">Mean</th>${sets.map(
    ({title, count: images}) =>
      markup`<th colspan="2" scope="colgroup">${isolated(title)}<small>${count(images)} images</small></th>`,
  )}</tr><tr>${pair}${sets.map(() => pair)}</tr></thead>
<tbody>${data.detectors.map((detector) => row(detector, data))}</tbody></table></div>${download('results.csv', tableCsv(data), 'Table (CSV, full precision)')}`;
}
