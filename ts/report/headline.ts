import {baselineOf, meanDifference, resultOf, setsOf} from './comparison.js';
import {isolated, markup, type Markup} from './escape.js';
import {figure} from './figure.js';
import {count, counted, percent, points, pointsInterval, score} from './format.js';
import {lineStyles} from './palette.js';
import {markLegend, overviewChart} from './charts/overview.js';
import {type ReportData} from './report-data.js';
import {resultTable} from './table.js';
import {verdict} from './verdict.js';

const SHOWN_CLASSES = 24;

function tile(value: Markup | string, name: Markup | string, detail: Markup | string = ''): Markup {
  return markup`<div class="tile"><dt>${name}</dt><dd><b>${value}</b>${detail ? markup`<small>${detail}</small>` : ''}</dd></div>`;
}

function tiles(data: ReportData): Markup {
  const {synthetic, negativeLabels} = data.headline;
  const result = resultOf(data);
  const difference = result && meanDifference(result, baselineOf(data));
  const against = (measure: 'auroc' | 'fpr95') => {
    const value = difference?.[measure];
    const interval = result?.mean.difference?.[measure];
    if (value === undefined) return '';
    return `${points(value)} points against the baseline${interval ? ` (${pointsInterval(interval)})` : ''}`;
  };
  return markup`<dl class="tiles">${
    result
      ? [
          tile(
            `${percent(result.mean.auroc)} %`,
            markup`Mean AUROC, ${isolated(result.title)}`,
            against('auroc'),
          ),
          tile(
            `${percent(result.mean.fpr95)} %`,
            markup`Mean FPR95, ${isolated(result.title)}`,
            against('fpr95'),
          ),
        ]
      : ''
  }${tile(
    markup`${count(synthetic.accepted)} of ${count(synthetic.made)}`,
    'Synthetic images accepted',
    synthetic.made > 0 ? `${percent(synthetic.accepted / synthetic.made, 1)} %` : '',
  )}${tile(
    `${score(synthetic.boundary)} ± ${score(synthetic.tolerance)}`,
    'Boundary and tolerance',
    markup`${isolated(synthetic.score)} score`,
  )}${tile(count(negativeLabels), 'Negative labels')}</dl>`;
}

function classes(names: string[]): Markup {
  if (names.length === 0) return markup``;
  const chips = (some: string[]) => some.map((name) => markup`<li>${isolated(name)}</li>`);
  const rest = names.slice(SHOWN_CLASSES);
  return markup`<ul class="chips" aria-label="Classes">${chips(names.slice(0, SHOWN_CLASSES))}</ul>${
    rest.length > 0
      ? markup`<details><summary>${counted(rest.length, 'more class', 'more classes')}</summary><ul class="chips">${chips(rest)}</ul></details>`
      : ''
  }`;
}

export async function overviews(data: ReportData): Promise<Markup> {
  const sets = setsOf(data);
  const styles = lineStyles(data.detectors);
  const key = markLegend(data.detectors.map(({title}, index) => ({title, style: styles[index]!})));
  const drawn = (['auroc', 'fpr95'] as const).map(async (metric) => {
    const name = metric === 'auroc' ? 'AUROC (higher is better)' : 'FPR95 (lower is better)';
    const chart = await overviewChart(
      {
        rows: ['Mean', ...sets.map(({title}) => title)],
        detectors: data.detectors.map((detector, index) => ({
          values: [
            detector.mean[metric],
            ...sets.map((set) => detector.sets.find((one) => one.name === set.name)?.[metric]),
          ],
          style: styles[index]!,
        })),
      },
      {
        id: `overview-${metric}`,
        title: `${name} of every detector on every set`,
        description: 'The same figures as in the table, one row for each set and one mark for each detector.',
      },
    );
    return figure({title: name, chart, legend: key});
  });
  return markup`<div class="plots two">${await Promise.all(drawn)}</div>`;
}

/** What was trained on what, and what came of it. */
export async function headlineSection(data: ReportData): Promise<Markup> {
  const {trainedOn, classes: names, images} = data.headline;
  const results =
    data.detectors.length > 0
      ? markup`${verdict(data)}${resultTable(data)}${setsOf(data).length > 0 ? await overviews(data) : ''}`
      : markup`<p class="empty">No detector was evaluated in this run, so there is nothing to compare.</p>`;
  return markup`<section id="results" class="hero"><h2>Results</h2>
<p class="lead">Trained on ${isolated(trainedOn)}: ${counted(images, 'image')} in ${counted(
    names.length,
    'class',
    'classes',
  )}, with ${counted(data.headline.synthetic.accepted, 'synthetic image')} near the boundary.</p>
${tiles(data)}${classes(names)}${results}</section>`;
}
