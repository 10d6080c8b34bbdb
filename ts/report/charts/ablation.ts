import {isolated, markup, type Markup} from '../escape.js';
import {csv, download, figure} from '../figure.js';
import {percent, percentInterval} from '../format.js';
import {lineStyle} from '../palette.js';
import type {Ablation, AblationRow, Interval, ReportData} from '../report-data.js';
import {overviewChart} from './overview.js';

type Measure = 'auroc' | 'fpr95';

/** A confidence interval, or a standard deviation to either side. */
function rangeOf({intervals, deviations, ...row}: AblationRow, key: Measure): Interval | undefined {
  if (intervals) return intervals[key];
  return deviations && {low: row[key] - deviations[key], high: row[key] + deviations[key]};
}

async function measure({rows}: Ablation, key: Measure, title: string): Promise<Markup> {
  const chart = await overviewChart(
    {
      rows: rows.map(({value}) => value),
      detectors: [
        {
          values: rows.map((row) => row[key]),
          ranges: rows.map((row) => rangeOf(row, key)),
          style: lineStyle(0),
        },
      ],
    },
    {
      id: `ablation-${key}`,
      title: `${title} by setting`,
      description: 'One row for each value of the setting; the same figures as in the table.',
    },
  );
  return figure({title, chart});
}

function cell({intervals, deviations, ...row}: AblationRow, key: Measure): Markup {
  const beside = intervals
    ? markup`<small>${percentInterval(intervals[key])}</small>`
    : deviations
      ? markup` <small>\u00b1\u00a0${percent(deviations[key])}</small>`
      : '';
  return markup`<td>${percent(row[key])}${beside}</td>`;
}

/** What the figures are means of. */
function about({setting, against, seeds = [], split}: Ablation): Markup {
  const sets = against === undefined ? markup`all sets` : markup`the sets against ${isolated(against)}`;
  const which = split === 'validation' ? ' (validation)' : '';
  const over = seeds.length > 1 ? `, and over ${seeds.length} seeds, with the standard deviation` : '';
  return markup`<p>The same run with other values of ${isolated(setting)}, means over ${sets}${which}${over}, in percent.</p>`;
}

/** What a setting does: one row for each of its values. */
export async function ablationSection({ablation}: ReportData): Promise<Markup> {
  if (!ablation || ablation.rows.length === 0) return markup``;
  const {setting, rows} = ablation;
  const accuracies = rows.some(({accuracy}) => accuracy !== undefined);
  const table = markup`<div class="scroll" tabindex="0" role="region" aria-label="Ablation"><table class="small"><thead><tr><th scope="col">${isolated(setting)}</th><th scope="col">AUROC</th><th scope="col">FPR95</th>${
    accuracies ? markup`<th scope="col">Accuracy</th>` : ''
  }</tr></thead><tbody>${rows.map(
    (row) =>
      markup`<tr><th scope="row">${isolated(row.value)}</th>${cell(row, 'auroc')}${cell(row, 'fpr95')}${
        accuracies ? markup`<td>${percent(row.accuracy)}</td>` : ''
      }</tr>`,
  )}</tbody></table></div>`;
  const data = csv([
    [setting, 'auroc', 'fpr95', 'auroc deviation', 'fpr95 deviation', 'accuracy'],
    ...rows.map(({value, auroc, fpr95, deviations, accuracy}) => [
      ...[value, auroc, fpr95],
      ...[deviations?.auroc ?? '', deviations?.fpr95 ?? '', accuracy ?? ''],
    ]),
  ]);
  return markup`<section id="ablation"><h2>Ablation</h2>${about(ablation)}<div class="plots two">${await measure(
    ablation,
    'auroc',
    'AUROC (higher is better)',
  )}${await measure(ablation, 'fpr95', 'FPR95 (lower is better)')}</div>${table}${download('ablation.csv', data)}</section>`;
}
