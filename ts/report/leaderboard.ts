import {baselineOf, type Group, groupsOf, meanDifference, meanOver, ranked, resultOf} from './comparison.js';
import {isolated, markup, type Markup} from './escape.js';
import {type Effect, forestRow, reach} from './forest.js';
import {counted, direction, percent, percentInterval, points, pointsInterval} from './format.js';
import {type DetectorResult, type Interval, type ReportData} from './report-data.js';
import {mayBeChance} from './verdict.js';

const MEASURES = [
  {key: 'auroc', name: 'AUROC', better: 1, arrow: '↑', words: 'higher is better'},
  {key: 'fpr95', name: 'FPR95', better: -1, arrow: '↓', words: 'lower is better'},
] as const;
type Measure = (typeof MEASURES)[number];

/** The word for a difference, which agrees with the figure that is shown. */
export function differenceWord(value: number, better: 1 | -1, interval?: Interval, digits = 1): string {
  const way = direction(value, digits) * better;
  if (way === 0) return 'same';
  if (interval && mayBeChance(interval)) return 'may be chance';
  return way > 0 ? 'better' : 'worse';
}

export const wordClass = (word: string): string => (word === 'better' || word === 'worse' ? word : 'unclear');

/** A mark for each word: nothing is told by colour alone. */
export const MARKS: Record<string, string> = {better: '▲', worse: '▼'};

function effectCell(effect: Effect | undefined, {better, name}: Measure, limit: number): Markup {
  if (!effect) return markup`<td class="effect absent"><span class="measure">${name}</span></td>`;
  const word = differenceWord(effect.value, better, effect.interval);
  const mark = MARKS[word] ? markup`<span aria-hidden="true">${MARKS[word]}</span> ` : '';
  return markup`<td class="effect"><span class="effect-words"><b class="${wordClass(word)}">${points(
    effect.value,
    1,
  )} ${mark}${word}</b>${effect.interval ? markup` <small>${pointsInterval(effect.interval, 1)}</small>` : ''}</span>${forestRow(
    effect,
    limit,
    wordClass(word) !== 'unclear',
  )}</td>`;
}

function effectOf(
  detector: DetectorResult,
  baseline: DetectorResult | undefined,
  group: Group,
  key: 'auroc' | 'fpr95',
): Effect | undefined {
  const difference = meanDifference(detector, baseline, group);
  return difference && {value: difference[key], interval: meanOver(detector, group)?.difference?.[key]};
}

function row(
  detector: DetectorResult,
  data: ReportData,
  group: Group,
  limits: Record<string, number>,
): Markup {
  const baseline = baselineOf(data);
  const mean = meanOver(detector, group);
  const {accuracy} = detector.inDistribution;
  const badge =
    detector === baseline
      ? markup` <span class="badge">compared with</span>`
      : detector.baseline
        ? markup` <span class="badge">baseline</span>`
        : '';
  const cells = MEASURES.map((measure) => {
    const {key, name} = measure;
    const value = mean?.[key];
    const range = mean?.intervals ? markup` <small>${percentInterval(mean.intervals[key], 1)}</small>` : '';
    return markup`<td class="value" data-${key}="${value ?? ''}"><span class="measure">${name}</span> <b>${percent(
      value,
      1,
    )}</b>${range}</td>${baseline ? effectCell(effectOf(detector, baseline, group, key), measure, limits[key]!) : ''}`;
  });
  const kind = detector === resultOf(data) ? 'own' : detector === baseline ? 'reference' : '';
  return markup`<tr class="${kind}"><th scope="row"><span class="name">${isolated(detector.title)}</span>${badge}${
    accuracy === undefined || group.key !== undefined
      ? ''
      : markup`<small>classifies ${percent(accuracy, 1)} %</small>`
  }</th>${cells}</tr>`;
}

function table(data: ReportData, group: Group): Markup {
  const baseline = baselineOf(data);
  const limits = Object.fromEntries(
    MEASURES.map(({key}) => [
      key,
      reach(data.detectors.flatMap((detector) => effectOf(detector, baseline, group, key) ?? [])),
    ]),
  );
  const against = group.against === undefined ? '' : markup` against ${isolated(group.against)}`;
  const head = MEASURES.map(
    ({name, arrow, words}) =>
      markup`<th scope="col">${name} <span role="img" aria-label="${words}">${arrow}</span></th>${
        baseline ? markup`<th scope="col">Difference to ${isolated(baseline.title)}</th>` : ''
      }`,
  );
  return markup`<div class="scroll" tabindex="0" role="region" aria-label="Detectors"><table class="leaderboard"><caption>Mean over ${counted(
    group.sets.length,
    'set',
  )}${against}, in percent, the highest AUROC first; differences in points.</caption><thead><tr><th scope="col">Detector</th>${head}</tr></thead><tbody>${ranked(
    data,
  ).map((detector) => row(detector, data, group, limits))}</tbody></table></div>`;
}

/** Every detector's means and what they gain or lose, a table for each group of sets. */
export const leaderboard = (data: ReportData): Markup =>
  markup`${groupsOf(data).map((group) => table(data, group))}`;
