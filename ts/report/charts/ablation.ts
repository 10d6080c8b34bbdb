import {isolated, markup, type Markup} from '../escape.js';
import {csv, download, figure} from '../figure.js';
import {percent, percentInterval} from '../format.js';
import {lineStyle} from '../palette.js';
import {type Ablation, type ReportData} from '../report-data.js';
import {overviewChart} from './overview.js';

async function measure({rows}: Ablation, key: 'auroc' | 'fpr95', title: string): Promise<Markup> {
  const chart = await overviewChart(
    {
      rows: rows.map(({value}) => value),
      detectors: [{values: rows.map((row) => row[key]), style: lineStyle(0)}],
    },
    {
      id: `ablation-${key}`,
      title: `${title} by setting`,
      description: 'One row for each value of the setting; the same figures as in the table.',
    },
  );
  return figure({title, chart});
}

/** What a setting does: one row for each of its values. */
export async function ablationSection({ablation}: ReportData): Promise<Markup> {
  if (!ablation || ablation.rows.length === 0) return markup``;
  const {setting, rows} = ablation;
  const cell = (row: Ablation['rows'][number], key: 'auroc' | 'fpr95') =>
    markup`<td>${percent(row[key])}${row.intervals ? markup`<small>${percentInterval(row.intervals[key])}</small>` : ''}</td>`;
  const table = markup`<div class="scroll" tabindex="0" role="region" aria-label="Ablation"><table class="small"><thead><tr><th scope="col">${isolated(setting)}</th><th scope="col">AUROC</th><th scope="col">FPR95</th></tr></thead><tbody>${rows.map(
    (row) =>
      markup`<tr><th scope="row">${isolated(row.value)}</th>${cell(row, 'auroc')}${cell(row, 'fpr95')}</tr>`,
  )}</tbody></table></div>`;
  const data = csv([
    [setting, 'auroc', 'fpr95'],
    ...rows.map(({value, auroc, fpr95}) => [value, auroc, fpr95]),
  ]);
  return markup`<section id="ablation"><h2>Ablation</h2><p>The same run with other values of ${isolated(
    setting,
  )}, means over all sets in percent.</p><div class="plots two">${await measure(
    ablation,
    'auroc',
    'AUROC (higher is better)',
  )}${await measure(ablation, 'fpr95', 'FPR95 (lower is better)')}</div>${table}${download('ablation.csv', data)}</section>`;
}
