import {
  baselineOf,
  type Difference,
  type Group,
  groupsOf,
  meanDifference,
  meanOver,
  resultOf,
  setDifference,
  setsOf,
} from './comparison.js';
import {isolated, markup, type Markup} from './escape.js';
import {count, counted, direction, percent, points, pointsInterval} from './format.js';
import {type DetectorResult, type Interval, type Intervals, type ReportData} from './report-data.js';

/** What the two measures say together. A higher AUROC and a lower FPR95 are better. */
export function judgement({auroc, fpr95}: Difference): 'better' | 'worse' | 'mixed' | 'equal' {
  const votes = [direction(auroc), direction(-fpr95)];
  if (votes.every((vote) => vote === 0)) return 'equal';
  if (votes.every((vote) => vote >= 0)) return 'better';
  if (votes.every((vote) => vote <= 0)) return 'worse';
  return 'mixed';
}

/** Whether chance alone may have made a difference: its interval holds 0. */
export const mayBeChance = ({low, high}: Interval): boolean => low <= 0 && high >= 0;

const GOOD = {auroc: 1, fpr95: -1} as const;
const NAMES = {auroc: 'AUROC', fpr95: 'FPR95'} as const;
type Measure = keyof typeof GOOD;

/** The measures in which a difference is a gain, or a loss, that its interval (where there is one) does not doubt. */
function certain(difference: Difference, intervals: Intervals | undefined, way: 1 | -1): Measure[] {
  return (['auroc', 'fpr95'] as const).filter(
    (measure) =>
      direction(difference[measure]) * GOOD[measure] === way &&
      !(intervals && mayBeChance(intervals[measure])),
  );
}

export type Outcome = 'better' | 'worse' | 'mixed' | 'unclear';

/** What can be said of a difference: with intervals only what they do not doubt. */
export function outcome(difference: Difference, intervals?: Intervals): Outcome {
  const gains = certain(difference, intervals, 1);
  const losses = certain(difference, intervals, -1);
  if (gains.length > 0 && losses.length > 0) return 'mixed';
  if (gains.length > 0) return 'better';
  return losses.length > 0 ? 'worse' : 'unclear';
}

/** The predicate of a sentence about two detectors, with the measures that it holds for. */
function predicate(difference: Difference, intervals: Intervals | undefined, other: Markup): Markup {
  const by = (measures: Measure[]) => measures.map((measure) => NAMES[measure]).join(' and ');
  const gains = certain(difference, intervals, 1);
  const losses = certain(difference, intervals, -1);
  const open = (['auroc', 'fpr95'] as const).filter((one) => ![...gains, ...losses].includes(one));
  const rest = open.length === 1 ? `; the difference in ${by(open)} may be chance` : '';
  if (gains.length > 0 && losses.length > 0)
    return markup`is better than ${other} in ${by(gains)}, and worse in ${by(losses)}`;
  if (gains.length === 2) return markup`is better than ${other}`;
  if (losses.length === 2) return markup`is worse than ${other}`;
  if (gains.length > 0) return markup`is better than ${other} in ${by(gains)}${intervals ? rest : ''}`;
  if (losses.length > 0) return markup`is worse than ${other} in ${by(losses)}${intervals ? rest : ''}`;
  return intervals
    ? markup`cannot be told apart from ${other}: both differences may be chance`
    : markup`has the same averages as ${other}`;
}

const groupName = ({against}: Group): Markup =>
  against === undefined ? markup`` : markup` against ${isolated(against)}`;

function measured(detector: DetectorResult, baseline: DetectorResult, group: Group): Markup {
  const mean = meanOver(detector, group)!;
  const difference = meanDifference(detector, baseline, group)!;
  const one = (measure: Measure) => {
    const interval = mean.difference?.[measure];
    return markup`<b>${NAMES[measure]} ${percent(mean[measure], 1)} %</b> (${points(difference[measure], 1)}${
      interval ? `; ${pointsInterval(interval, 1)}` : ''
    })`;
  };
  return markup`${one('auroc')}, ${one('fpr95')}`;
}

/** What a headline has room for: the outcome, with the measure where it holds for one alone. */
function shortPredicate(difference: Difference, intervals: Intervals | undefined, other: Markup): Markup {
  const gains = certain(difference, intervals, 1);
  const losses = certain(difference, intervals, -1);
  const one = (measures: Measure[]) => (measures.length === 1 ? ` in ${NAMES[measures[0]!]}` : '');
  if (gains.length > 0 && losses.length > 0)
    return markup`is better than ${other}${one(gains)}, and worse${one(losses)}`;
  if (gains.length > 0) return markup`is better than ${other}${one(gains)}`;
  if (losses.length > 0) return markup`is worse than ${other}${one(losses)}`;
  return intervals ? markup`cannot be told apart from ${other}` : markup`is no better than ${other}`;
}

/** How the other groups of sets turn a headline about the first one. */
function elsewhere(data: ReportData, own: DetectorResult, baseline: DetectorResult, first: Outcome): Markup {
  const others = groupsOf(data).slice(1);
  const said = others.map((group) => {
    const difference = meanDifference(own, baseline, group);
    const found = difference && outcome(difference, meanOver(own, group)?.difference);
    if (found === undefined || found === first) return markup``;
    if (found === 'unclear') return markup`, but not${groupName(group)}`;
    return markup`, but ${found === 'mixed' ? 'better and worse' : found}${groupName(group)}`;
  });
  return markup`${said}`;
}

/** The run's own detector beside the baseline, in one sentence: the page's headline. */
export function headlineVerdict(data: ReportData): Markup {
  const own = resultOf(data);
  const baseline = baselineOf(data);
  if (!own) return markup`No detector of this run was evaluated`;
  const difference = meanDifference(own, baseline);
  if (!baseline || !difference)
    return markup`${isolated(own.title)} has a mean AUROC of ${percent(own.mean.auroc, 1)} %`;
  const intervals = own.mean.difference;
  const groups = groupsOf(data);
  const first = outcome(difference, intervals);
  const turn = elsewhere(data, own, baseline, first);
  const where = turn.text === '' ? '' : groupName(groups[0]!);
  return markup`${isolated(own.title)} ${shortPredicate(difference, intervals, isolated(baseline.title))}${where}${turn}`;
}

function groupLine(group: Group, own: DetectorResult, baseline: DetectorResult): Markup {
  const difference = meanDifference(own, baseline, group);
  if (!difference) return markup``;
  const intervals = meanOver(own, group)?.difference;
  const said = outcome(difference, intervals);
  return markup`<li class="${said}"><span>Mean over ${counted(group.sets.length, 'set')}${groupName(group)}</span> ${measured(
    own,
    baseline,
    group,
  )}<em>${predicate(difference, intervals, isolated(baseline.title))}</em></li>`;
}

const ROWS: [Outcome, mark: string, word: string][] = [
  ['better', '▲', 'Better on'],
  ['worse', '▼', 'Worse on'],
  ['mixed', '◆', 'Better in one measure, worse in the other on'],
  ['unclear', '○', 'May be chance on'],
];

/** On which sets it gains, loses, or neither, with the figures. */
function setLists(own: DetectorResult, baseline: DetectorResult): Markup {
  const judged = own.sets.flatMap((set) => {
    const difference = setDifference(set, own, baseline);
    return difference ? [{set, difference, said: outcome(difference, set.difference)}] : [];
  });
  const withIntervals = own.sets.some(({difference}) => difference);
  const rows = ROWS.map(([said, mark, word]) => {
    const some = judged.filter((one) => one.said === said);
    if (some.length === 0 && (said === 'mixed' || said === 'unclear')) return markup``;
    const chips = some.map(
      ({set, difference}) =>
        markup`<li>${isolated(set.title)} <small>AUROC ${points(difference.auroc, 1)} · FPR95 ${points(difference.fpr95, 1)}</small></li>`,
    );
    const words = said === 'unclear' && !withIntervals ? 'Equal on' : word;
    return markup`<div class="${said}"><dt><span aria-hidden="true">${mark}</span> ${words} <b>${count(some.length)}</b> of ${counted(
      judged.length,
      'set',
    )}</dt><dd>${some.length > 0 ? markup`<ul class="chips">${chips}</ul>` : ''}</dd></div>`;
  });
  return markup`<dl class="outcomes">${rows}</dl>`;
}

/** How much one image counts and how often chance misleads, so that nobody reads more out of a difference than is in it. */
function caution(data: ReportData): Markup | '' {
  const sets = setsOf(data);
  const smallest = [...sets].sort((a, b) => a.count - b.count)[0];
  if (!smallest || smallest.count <= 0) return '';
  const withIntervals = data.detectors.some((one) => one.sets.some(({difference}) => difference));
  const unsure = withIntervals
    ? `In brackets: 95 % intervals of the difference; one that holds 0 may be chance. Of the ${count(2 * sets.length)} intervals of a detector, ${
        sets.length < 10 ? 'one may' : 'one in twenty will'
      } miss 0 by chance alone.`
    : 'The differences have no confidence intervals: those of a few images are no evidence.';
  return markup`<p class="quiet">Differences are in points. One image is ${percent(1 / smallest.count, 1)} points of FPR95 on the smallest set, ${isolated(
    smallest.title,
  )} (${counted(smallest.count, 'image')}). ${unsure}</p>`;
}

/** What the figures say of the run's own detector, as far as they carry it. */
export function verdict(data: ReportData): Markup {
  const baseline = baselineOf(data);
  const own = resultOf(data);
  if (!baseline || !own || own === baseline) return markup`${caution(data)}`;
  const lines = groupsOf(data).map((group) => groupLine(group, own, baseline));
  return markup`<ul class="verdict">${lines}</ul>${setLists(own, baseline)}${caution(data)}`;
}
