import {type DetectorResult, type MeanResult, type ReportData, type SetResult} from './report-data.js';

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
  group?: Group,
): Difference | undefined {
  if (!baseline || baseline === detector) return undefined;
  const [own, other] = [meanOver(detector, group), meanOver(baseline, group)];
  return own && other && less(own, other);
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

export interface SetName {
  name: string;
  title: string;
  count: number;
  against?: string;
}

/** Every set that some detector was evaluated on, in the order of their first appearance. */
export function setsOf(data: ReportData): SetName[] {
  const sets = new Map<string, SetName>();
  for (const {name, title, count, against} of data.detectors.flatMap((detector) => detector.sets)) {
    if (!sets.has(name)) sets.set(name, {name, title, count, against});
  }
  return [...sets.values()];
}

/** Sets that are told apart from the same in-distribution images, and so have a mean of their own. */
export interface Group {
  /** Undefined for the sets of `DetectorResult.mean`. */
  key?: string;
  /** The in-distribution images, where there are several groups. */
  against?: string;
  sets: SetName[];
}

/** The sets of `mean` first. A group without a set is left out. */
export function groupsOf(data: ReportData): Group[] {
  const others = [
    ...new Set(data.detectors.flatMap(({otherMeans}) => (otherMeans ?? []).map(({against}) => against))),
  ];
  const all = setsOf(data);
  const groups: Group[] = [undefined, ...others].map((key) => {
    const sets = all.filter(({against}) =>
      key === undefined ? against === undefined || !others.includes(against) : against === key,
    );
    return {key, against: others.length > 0 ? (key ?? sets[0]?.against) : undefined, sets};
  });
  return groups.filter(({sets}) => sets.length > 0);
}

/** A detector's mean over a group; without a group that over the main one. */
export const meanOver = (detector: DetectorResult, group?: Group): MeanResult | undefined =>
  group?.key === undefined ? detector.mean : detector.otherMeans?.find(({against}) => against === group.key);

/** As many curves as a chart can tell apart. */
const HIGHLIGHTED = 6;

/** The best mean AUROC first. */
export const ranked = (data: ReportData): DetectorResult[] =>
  [...data.detectors].sort((a, b) => (b.mean.auroc || 0) - (a.mean.auroc || 0));

/**
 * The detectors that charts tell apart, in the order of the data: the run's own, what it is compared with, and the best of
 * the others. Several runs are compared by all of their own detectors first.
 */
export function highlighted(data: ReportData): DetectorResult[] {
  if (data.detectors.length <= HIGHLIGHTED) return data.detectors;
  const first = [resultOf(data), baselineOf(data)].filter((one) => one !== undefined);
  const chosen = new Set([...first, ...ranked(data)].slice(0, HIGHLIGHTED + first.length));
  const kept = new Set([...chosen].slice(0, HIGHLIGHTED));
  return data.detectors.filter((detector) => kept.has(detector));
}
