import {type DetectorResult, type ReportData, type SetResult} from './report-data.js';

/** Differences to the baseline, as fractions. */
export interface Difference {
  auroc: number;
  fpr95: number;
}

/** What the others are compared with: the detector that the data name, or the last baseline, the nearest relative. */
export const baselineOf = ({detectors, comparedWith}: ReportData): DetectorResult | undefined =>
  detectors.find(({name}) => name === comparedWith) ?? detectors.findLast(({baseline}) => baseline);

const less = (a: Difference, b: Difference): Difference => ({
  auroc: a.auroc - b.auroc,
  fpr95: a.fpr95 - b.fpr95,
});

/** The difference of the means; none for the baseline itself. */
export function meanDifference(
  detector: DetectorResult,
  baseline: DetectorResult | undefined,
): Difference | undefined {
  return baseline && baseline !== detector ? less(detector.mean, baseline.mean) : undefined;
}

/** The difference on one set; none where the baseline was not evaluated on it. */
export function setDifference(
  set: SetResult,
  detector: DetectorResult,
  baseline: DetectorResult | undefined,
): Difference | undefined {
  if (!baseline || baseline === detector) return undefined;
  const other = baseline.sets.find(({name}) => name === set.name);
  return other && less(set, other);
}

/** The detector that the run was for: the last that is no baseline. */
export const resultOf = (data: ReportData): DetectorResult | undefined =>
  data.detectors.filter((detector) => !detector.baseline).at(-1);

/** Every set that some detector was evaluated on, in the order of their first appearance. */
export function setsOf(data: ReportData): {name: string; title: string; count: number}[] {
  const sets = new Map<string, {name: string; title: string; count: number}>();
  for (const {name, title, count} of data.detectors.flatMap((detector) => detector.sets)) {
    if (!sets.has(name)) sets.set(name, {name, title, count});
  }
  return [...sets.values()];
}
