import {
  baselineOf,
  type Difference,
  groupsOf,
  meanDifference,
  meanOver,
  ranked,
  resultOf,
  setDifference,
  setsOf,
} from './comparison.js';
import {isolated, markup, type Markup} from './escape.js';
import {csv, download} from './figure.js';
import {count, listed, percent, percentInterval, points, pointsInterval, pValue} from './format.js';
import {differenceWord, MARKS, wordClass} from './leaderboard.js';
import {
  type DetectorResult,
  type Intervals,
  type MeanResult,
  type ReportData,
  type SetResult,
} from './report-data.js';

type Key = 'auroc' | 'fpr95';
type Measured = MeanResult & {difference?: Intervals & {p?: number}};

const BETTER = {auroc: 1, fpr95: -1} as const;

/** How strong a cell is tinted: a difference of ten points or more is as strong as it gets. */
const tint = (difference: number): string => Math.min(1, Math.abs(difference) / 0.1).toFixed(2);

function cell(values: Measured | undefined, key: Key, difference: Difference | undefined, kind = ''): Markup {
  if (!values) return markup`<td class="${kind} absent">not evaluated</td>`;
  if (!difference)
    return markup`<td class="${kind}" data-${key}="${values[key]}"><b>${percent(values[key], 1)}</b></td>`;
  const gap = difference[key];
  const word = differenceWord(gap, BETTER[key], values.difference?.[key]);
  const mark = MARKS[word] ? markup`<span aria-hidden="true">${MARKS[word]}</span>` : '';
  const spoken = MARKS[word] ? markup`<span class="spoken"> ${word}</span>` : '';
  return markup`<td class="${kind} ${wordClass(word)}" style="--tint:${tint(gap)}" data-${key}="${values[key]}"><b>${percent(
    values[key],
    1,
  )}</b><small>${points(gap, 1)}${mark}${spoken}</small></td>`;
}

/** One measure of every detector on every set: detectors by sets, with the difference to the baseline below. */
export function matrix(data: ReportData, key: Key): Markup {
  const baseline = baselineOf(data);
  const groups = groupsOf(data);
  const oneSize = sizesOf(data).length === 1;
  const head = groups.map(
    ({sets, against}) =>
      markup`<th scope="col" class="mean">Mean${against === undefined ? '' : markup`<small>${isolated(against)}</small>`}</th>${sets.map(
        ({title, count: images}) =>
          markup`<th scope="col">${isolated(title)}${oneSize ? '' : markup`<small>${count(images)} images</small>`}</th>`,
      )}`,
  );
  const row = (detector: DetectorResult) => {
    const cells = groups.map((group) => [
      cell(meanOver(detector, group), key, meanDifference(detector, baseline, group), 'mean'),
      ...group.sets.map(({name}) => {
        const set = detector.sets.find((one) => one.name === name);
        return cell(set, key, set && setDifference(set, detector, baseline));
      }),
    ]);
    const kind = detector === resultOf(data) ? 'own' : detector === baseline ? 'reference' : '';
    return markup`<tr class="${kind}"><th scope="row">${isolated(detector.title)}</th>${cells}</tr>`;
  };
  const name = key === 'auroc' ? 'AUROC' : 'FPR95';
  const words = key === 'auroc' ? 'higher is better' : 'lower is better';
  return markup`<div class="scroll" tabindex="0" role="region" aria-label="${name} on every set"><table class="matrix"><caption><b>${name}</b> in percent, ${words}${
    baseline ? markup`; below it the difference to ${isolated(baseline.title)} in points` : ''
  }</caption><thead><tr><th scope="col">Detector</th>${head}</tr></thead><tbody>${ranked(data).map(row)}</tbody></table></div>`;
}

function ranges(values: Measured, key: Key, difference: Difference | undefined): Markup {
  const own = values.intervals?.[key];
  const between = values.difference?.[key];
  return markup`<td><b>${percent(values[key])}</b>${own ? markup`<small>${percentInterval(own)}</small>` : ''}</td><td>${
    difference
      ? markup`${points(difference[key])} ${differenceWord(difference[key], BETTER[key], between, 2)}${between ? markup`<small>${pointsInterval(between)}</small>` : ''}`
      : '–'
  }</td>`;
}

/** Every figure with its interval, a row for each detector and set. */
function allFigures(data: ReportData): Markup {
  const baseline = baselineOf(data);
  const line = (
    detector: DetectorResult,
    title: Markup,
    values: Measured,
    difference: Difference | undefined,
    aupr?: SetResult['aupr'],
  ) =>
    markup`<tr><th scope="row">${isolated(detector.title)}</th><td class="words">${title}</td>${ranges(values, 'auroc', difference)}<td>${
      values.difference?.p === undefined ? '–' : pValue(values.difference.p)
    }</td>${ranges(values, 'fpr95', difference)}<td>${percent(aupr?.in)}</td><td>${percent(aupr?.out)}</td></tr>`;
  const rows = ranked(data).map((detector) => [
    ...groupsOf(data).map((group) => {
      const mean = meanOver(detector, group);
      const title = markup`Mean${group.against === undefined ? '' : markup` against ${isolated(group.against)}`}`;
      return mean ? line(detector, title, mean, meanDifference(detector, baseline, group)) : markup``;
    }),
    ...detector.sets.map((set) =>
      line(detector, isolated(set.title), set, setDifference(set, detector, baseline), set.aupr),
    ),
  ]);
  const head = ['AUROC', 'Difference', 'DeLong', 'FPR95', 'Difference', 'AUPR in', 'AUPR out'];
  return markup`<details class="figures"><summary>Every figure with its interval</summary><div class="scroll" tabindex="0" role="region" aria-label="Every figure"><table class="small"><caption>In percent, differences in points. Small figures are 95 % intervals of a paired bootstrap; DeLong’s test is of two AUROCs.</caption><thead><tr><th scope="col">Detector</th><th scope="col" class="words">Set</th>${head.map(
    (title) => markup`<th scope="col">${title}</th>`,
  )}</tr></thead><tbody>${rows}</tbody></table></div></details>`;
}

function rangesOf({intervals, difference}: Measured): (string | number)[] {
  const ends = (one: Intervals | undefined) =>
    one ? [one.auroc.low, one.auroc.high, one.fpr95.low, one.fpr95.high] : ['', '', '', ''];
  return [...ends(intervals), ...ends(difference), difference?.p ?? ''];
}

function tableCsv(data: ReportData): string {
  const meanRow = (name: string, title: string, mean: MeanResult) => [
    ...[name, title, '', mean.auroc, mean.fpr95, '', '', ''],
    ...rangesOf(mean),
  ];
  const rows = data.detectors.flatMap((detector) => [
    meanRow(detector.name, 'mean', detector.mean),
    ...(detector.otherMeans ?? []).map((mean) => meanRow(detector.name, `mean (${mean.against})`, mean)),
    ...detector.sets.map((set) => [
      ...[detector.name, set.name, set.count, set.auroc, set.fpr95],
      ...[set.aupr?.in ?? '', set.aupr?.out ?? '', set.fprDefinition],
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

const sizesOf = (data: ReportData): number[] => [...new Set(setsOf(data).map(({count: images}) => images))];

/** How many in-distribution images the sets were told apart from, and what FPR95 is. */
function definitions(data: ReportData): Markup {
  const counts = [...new Set(data.detectors.map((detector) => detector.inDistribution.count))];
  const sizes = sizesOf(data);
  const names = [...new Set(data.detectors.flatMap((one) => one.sets.map((set) => set.fprDefinition)))];
  return markup`<p class="quiet">In-distribution: ${listed(counts.map(count))} images${sizes.length === 1 ? `; each set: ${count(sizes[0]!)}` : ''}. FPR95 by the definition ${names.map(
    (name, index) => markup`${index > 0 ? ', ' : ''}<code>${isolated(name)}</code>`,
  )}. A tinted cell is a difference that is hardly chance: ▲ better, ▼ worse.</p>`;
}

/** Both measures of every detector on every set, and below them everything there is. */
export const resultTable = (data: ReportData): Markup =>
  markup`${definitions(data)}${matrix(data, 'auroc')}${matrix(data, 'fpr95')}${allFigures(data)}${download('results.csv', tableCsv(data), 'Table (CSV, full precision)')}`;
