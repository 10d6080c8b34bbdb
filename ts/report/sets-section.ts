import {groupsOf, highlighted, meanOver, setsOf} from './comparison.js';
import {markup, type Markup} from './escape.js';
import {figure} from './figure.js';
import {lineStyles} from './palette.js';
import {markLegend, overviewChart} from './charts/overview.js';
import {type ReportData} from './report-data.js';
import {resultTable} from './table.js';

const MEASURES = [
  {key: 'auroc', name: 'AUROC (higher is better)'},
  {key: 'fpr95', name: 'FPR95 (lower is better)'},
] as const;

/** Where the differences lie, at a glance: a row for each set, a mark for each detector. */
async function overviews(data: ReportData): Promise<Markup> {
  const detectors = highlighted(data);
  const styles = lineStyles(detectors);
  const key = markLegend(detectors.map(({title}, index) => ({title, style: styles[index]!})));
  const groups = groupsOf(data);
  const rows = groups.flatMap((group) => [
    {title: group.against === undefined ? 'Mean' : `Mean, ${group.against}`, group, name: undefined},
    ...group.sets.map(({title, name}) => ({title, group, name})),
  ]);
  const drawn = MEASURES.map(async ({key: metric, name}) => {
    const chart = await overviewChart(
      {
        rows: rows.map(({title}) => title),
        detectors: detectors.map((detector, index) => ({
          values: rows.map((row) =>
            row.name === undefined
              ? meanOver(detector, row.group)?.[metric]
              : detector.sets.find((one) => one.name === row.name)?.[metric],
          ),
          style: styles[index]!,
        })),
      },
      {
        id: `overview-${metric}`,
        title: `${name} of ${detectors.length} detectors on every set`,
        description:
          'The same figures as in the tables, one row for each set and one mark for each detector.',
      },
    );
    return figure({title: name, chart, legend: key});
  });
  return markup`<div class="plots two">${await Promise.all(drawn)}</div>`;
}

/** Every detector on every set, in tables and drawn. */
export async function setsSection(data: ReportData): Promise<Markup> {
  if (setsOf(data).length === 0) return markup``;
  return markup`<section id="sets"><h2>Set by set</h2>${resultTable(data)}${await overviews(data)}</section>`;
}
