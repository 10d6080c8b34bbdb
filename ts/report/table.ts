import {baselineOf, type Difference, meanDifference, setDifference, setsOf} from './comparison.js';
import {isolated, markup, type Markup} from './escape.js';
import {csv, download} from './figure.js';
import {count, direction, listed, percent, points} from './format.js';
import {type DetectorResult, type ReportData} from './report-data.js';

/** A difference with its sign and a word, so that neither colour nor the direction of a measure has to be known. */
function differenceOf(value: number, better: 1 | -1): Markup {
  const way = direction(value) * better;
  const word = way > 0 ? 'better' : way < 0 ? 'worse' : 'same';
  return markup`<small class="${word}">${points(value)} ${word}</small>`;
}

function measures(
  label: Markup | string,
  values: {auroc: number; fpr95: number} | undefined,
  difference: Difference | undefined,
  kind: string,
): Markup {
  if (!values) {
    return markup`<td class="${kind} absent" colspan="2"><span class="of">${label}</span><span>not evaluated</span></td>`;
  }
  return markup`<td class="${kind}" data-auroc="${values.auroc}"><span class="of">${label}</span><span class="measure">AUROC</span><span>${percent(values.auroc)}</span>${
    difference ? differenceOf(difference.auroc, 1) : ''
  }</td><td class="${kind} second" data-fpr95="${values.fpr95}"><span class="measure">FPR95</span><span>${percent(values.fpr95)}</span>${
    difference ? differenceOf(difference.fpr95, -1) : ''
  }</td>`;
}

function row(detector: DetectorResult, data: ReportData): Markup {
  const baseline = baselineOf(data);
  const {accuracy} = detector.inDistribution;
  const facts = accuracy === undefined ? '' : markup`<small>accuracy ${percent(accuracy)} %</small>`;
  const cells = setsOf(data).map(({name, title}) => {
    const set = detector.sets.find((one) => one.name === name);
    return measures(isolated(title), set, set && setDifference(set, detector, baseline), 'set');
  });
  return markup`<tr class="${detector === baseline ? 'baseline' : ''}"><th scope="row"><span class="name">${isolated(
    detector.title,
  )}</span>${detector.baseline ? markup` <span class="badge">baseline</span>` : ''}${facts}</th>${measures(
    'Mean',
    detector.mean,
    meanDifference(detector, baseline),
    'mean',
  )}${cells}</tr>`;
}

function tableCsv(data: ReportData): string {
  const rows = data.detectors.flatMap((detector) => [
    [detector.name, 'mean', '', detector.mean.auroc, detector.mean.fpr95, '', '', ''],
    ...detector.sets.map((set) => [
      detector.name,
      set.name,
      set.count,
      set.auroc,
      set.fpr95,
      set.aupr?.in ?? '',
      set.aupr?.out ?? '',
      set.fprDefinition,
    ]),
  ]);
  const head = ['detector', 'set', 'images', 'auroc', 'fpr95', 'aupr_in', 'aupr_out', 'fpr_definition'];
  return csv([head, ...rows]);
}

/** How many in-distribution images the sets were told apart from. */
function inDistribution(data: ReportData): string {
  const counts = [...new Set(data.detectors.map((detector) => detector.inDistribution.count))];
  return counts.length === 0 ? '' : `In-distribution: ${listed(counts.map(count))} images.`;
}

/** Detectors by sets: AUROC and FPR95 in percent, with the differences to the baseline. */
export function resultTable(data: ReportData): Markup {
  const sets = setsOf(data);
  const definitions = [...new Set(data.detectors.flatMap((one) => one.sets.map((set) => set.fprDefinition)))];
  const pair = markup`<th scope="col">AUROC <span aria-label="higher is better">↑</span></th><th scope="col">FPR95 <span aria-label="lower is better">↓</span></th>`;
  return markup`<div class="scroll" tabindex="0" role="region" aria-label="Results"><table class="results"><caption>AUROC and FPR95 in percent; below each, the difference to the baseline in points. AUROC: higher is better; FPR95 (${definitions.map((name, index) => markup`${index > 0 ? ', ' : ''}${isolated(name)}`)}): lower is better. ${inDistribution(data)}</caption>
<thead><tr><th rowspan="2" scope="col">Detector</th><th colspan="2" scope="colgroup">Mean</th>${sets.map(
    ({title, count: images}) =>
      markup`<th colspan="2" scope="colgroup">${isolated(title)}<small>${count(images)} images</small></th>`,
  )}</tr><tr>${pair}${sets.map(() => pair)}</tr></thead>
<tbody>${data.detectors.map((detector) => row(detector, data))}</tbody></table></div>${download('results.csv', tableCsv(data), 'Table (CSV, full precision)')}`;
}
