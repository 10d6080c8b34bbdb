import {groupsOf} from '../comparison.js';
import {detectorStyles} from '../detector-styles.js';
import {isolated, type Markup, markup} from '../escape.js';
import {download, figure, legend, pointsCsv} from '../figure.js';
import {percent} from '../format.js';
import {type ReportData, type Scores, type SetResult} from '../report-data.js';
import {precisionRecallCurve, rocCurve, type Point, thinned} from './curves.js';
import {type Line, type LineChart, lineChart} from './lines.js';

interface CurveKind {
  id: string;
  curve: (inScores: Scores, outScores: Scores) => Point[];
  value: (set: SetResult) => string;
  axes: Omit<LineChart, 'lines'>;
  /** Where the axis of y begins and ends, if not at 0 and 1. */
  yDomain?: (lines: Line[]) => [number, number];
  describe: (set: string) => string;
}

const unit: [number, number] = [0, 1];

const roc: CurveKind = {
  id: 'roc',
  curve: rocCurve,
  value: (set) => percent(set.auroc),
  axes: {
    x: 'out-of-distribution images let through',
    y: 'in-distribution images kept',
    xDomain: unit,
    format: '.0%',
    rules: [{y: 0.95}],
    diagonal: true,
  },
  describe: (set) =>
    `ROC curves of every detector on ${set}: true positive rate over false positive rate, in-distribution as the positive class. A dashed line marks 95 percent.`,
};

const precisionRecall: CurveKind = {
  id: 'pr',
  curve: precisionRecallCurve,
  value: (set) => (set.aupr ? percent(set.aupr.in) : ''),
  axes: {
    x: 'recall of in-distribution images',
    y: 'precision',
    xDomain: unit,
    format: '.0%',
  },
  yDomain: (lines) => {
    const lowest = Math.min(...lines.flatMap(({points}) => points.map(({y}) => y)));
    return [Math.max(0, Math.min(0.9, Math.floor(lowest * 10) / 10)), 1];
  },
  describe: (set) =>
    `Precision over recall of every detector on ${set}, in-distribution as the positive class.`,
};

/** Points of a curve: fewer where a chart has many, all of which have to fit on the page. */
const pointsFor = (curves: number, quiet: boolean): number =>
  quiet ? 60 : Math.max(90, Math.min(300, Math.round(2400 / curves)));

/** One figure for each set; a detector is left out of it where it has no scores for the set. */
async function figures(data: ReportData, kind: CurveKind): Promise<Markup[]> {
  const styles = detectorStyles(data);
  const groups = groupsOf(data);
  const names = groups.flatMap(({sets, against}) => sets.map((set) => ({...set, against})));
  const drawn = names.map(async ({name, title, against}, index) => {
    const lines: (Line & {value: string})[] = data.detectors.flatMap((detector) => {
      const scores = data.scores[detector.name];
      const out = scores?.sets[name];
      const set = detector.sets.find((one) => one.name === name);
      const ind = scores?.inds?.[set?.against ?? ''] ?? scores?.ind;
      if (!out || !set || !ind || ind.length === 0 || out.length === 0) return [];
      const {style, quiet} = styles.get(detector.name)!;
      const points = thinned(kind.curve(ind, out), pointsFor(data.detectors.length, quiet));
      return [{title: detector.title, points, style, quiet, value: kind.value(set)}];
    });
    if (lines.length === 0) return null;
    const chart = await lineChart(
      {...kind.axes, yDomain: kind.yDomain?.(lines) ?? unit, lines},
      {id: `${kind.id}-${index}`, title, description: kind.describe(title)},
    );
    const table = pointsCsv(kind.axes.x, kind.axes.y, lines);
    return figure({
      title:
        against === undefined
          ? isolated(title)
          : markup`${isolated(title)} <small>against ${isolated(against)}</small>`,
      chart,
      legend: legend(lines),
      data: download(`${kind.id}-${index + 1}.csv`, table),
    });
  });
  return (await Promise.all(drawn)).filter((one) => one !== null);
}

const panel = (id: string, heading: string, intro: string, plots: Markup[]): Markup =>
  plots.length === 0
    ? markup``
    : markup`<section id="${id}"><h2>${heading}</h2><p>${intro}</p><div class="plots">${plots}</div></section>`;

/** ROC curves of every detector, a figure for each set. */
export const rocSection = async (data: ReportData): Promise<Markup> =>
  panel(
    'roc',
    'ROC curves',
    'Further up and to the left is better. The dashed line is 95 % of in-distribution images kept: FPR95 is read where a curve crosses it. The figure beside a name is the AUROC in percent.',
    await figures(data, roc),
  );

/** Precision-recall curves of every detector, a figure for each set. */
export const precisionRecallSection = async (data: ReportData): Promise<Markup> =>
  panel(
    'precision-recall',
    'Precision and recall',
    'Of the images that a detector takes for in-distribution, how many are. It depends on how many images of each kind the sets hold; the axis may start above 0 %. The figure beside a name is the AUPR (in-distribution positive) in percent, where it was measured.',
    await figures(data, precisionRecall),
  );
