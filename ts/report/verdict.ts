import {baselineOf, type Difference, meanDifference, setDifference, setsOf} from './comparison.js';
import {isolated, markup, type Markup} from './escape.js';
import {count, counted, direction, listed, percent, points, pointsInterval} from './format.js';
import {type DetectorResult, type Interval, type ReportData} from './report-data.js';

/** What the two measures say together. A higher AUROC and a lower FPR95 are better. */
export function judgement({auroc, fpr95}: Difference): 'better' | 'worse' | 'mixed' | 'equal' {
  const votes = [direction(auroc), direction(-fpr95)];
  if (votes.every((vote) => vote === 0)) return 'equal';
  if (votes.every((vote) => vote >= 0)) return 'better';
  if (votes.every((vote) => vote <= 0)) return 'worse';
  return 'mixed';
}

const WORDS = {
  better: 'is better on average than',
  worse: 'is worse on average than',
  mixed: 'is better by one measure and worse by the other than',
  equal: 'has the same averages as',
};

/** The measures that a detector loses on. */
function worseMeasures({auroc, fpr95}: Difference): string[] {
  return [
    ...(direction(auroc) < 0 ? [`AUROC ${points(auroc)}`] : []),
    ...(direction(fpr95) > 0 ? [`FPR95 ${points(fpr95)}`] : []),
  ];
}

const range = ({mean}: DetectorResult, measure: 'auroc' | 'fpr95'): string =>
  mean.difference ? ` (${pointsInterval(mean.difference[measure])})` : '';

/** Averages that a draw of other images may turn around are said to be so. */
function mayBeChance({mean: {difference}}: DetectorResult): string {
  const holdsZero = ({low, high}: Interval) => low <= 0 && high >= 0;
  return difference && holdsZero(difference.auroc) && holdsZero(difference.fpr95)
    ? '; both ranges hold 0, so this may be chance'
    : '';
}

function sentence(detector: DetectorResult, baseline: DetectorResult): Markup {
  const mean = meanDifference(detector, baseline)!;
  const sets = detector.sets.flatMap((set) => {
    const difference = setDifference(set, detector, baseline);
    return difference ? [{set, difference, verdict: judgement(difference)}] : [];
  });
  const worse = sets.filter(({difference}) => worseMeasures(difference).length > 0);
  const better = sets.filter(({verdict}) => verdict === 'better').length;
  const losses = worse.map(
    ({set, difference}, index) =>
      markup`${index > 0 ? '; ' : ''}${isolated(set.title)} (${listed(worseMeasures(difference))})`,
  );
  return markup`<li><b>${isolated(detector.title)}</b> ${WORDS[judgement(mean)]} <b>${isolated(
    baseline.title,
  )}</b>: mean AUROC ${points(mean.auroc)}${range(detector, 'auroc')}, mean FPR95 ${points(mean.fpr95)}${range(detector, 'fpr95')} points${mayBeChance(detector)}. Better on ${count(
    better,
  )} of ${counted(sets.length, 'set')}${worse.length > 0 ? markup`; <strong class="worse">worse on ${losses}</strong>` : ''}.</li>`;
}

/** How much one image counts, so that nobody reads more out of a difference than is in it. */
function resolution(data: ReportData): Markup | '' {
  const smallest = setsOf(data).sort((a, b) => a.count - b.count)[0];
  if (!smallest || smallest.count <= 0) return '';
  const withIntervals = data.detectors.some(({sets}) => sets.some(({difference}) => difference));
  const unsure = withIntervals
    ? 'A difference whose range holds 0 may be chance.'
    : 'The differences have no confidence intervals: those of a few images are no evidence.';
  return markup`<p class="quiet">One image is ${percent(1 / smallest.count)} points of FPR95 on the smallest set, ${isolated(
    smallest.title,
  )} (${counted(smallest.count, 'image')}). ${unsure}</p>`;
}

/** The table in sentences, as far as the numbers carry them. */
export function verdict(data: ReportData): Markup {
  const baseline = baselineOf(data);
  const others = data.detectors.filter((detector) => detector !== baseline);
  if (!baseline || others.length === 0) return markup`${resolution(data)}`;
  return markup`<ul class="verdict">${others.map((detector) => sentence(detector, baseline))}</ul>${resolution(data)}`;
}
