import {baselineOf, meanDifference, setDifference, setsOf} from './comparison.js';
import {runRows, settingRows} from './comparison-section.js';
import {bytes, count, duration, percent, percentInterval, points, score} from './format.js';
import {type DetectorResult, type ReportData} from './report-data.js';
import {stateWord} from './states.js';

/** Text from a file in a table's cell: nothing in it is taken for Markdown or HTML. */
const cell = (text: string): string =>
  text
    // eslint-disable-next-line no-control-regex
    .replace(/[\u0000-\u001f\u007f]+/g, ' ')
    .replace(/[\\`*_{}[\]<>()#+!|~&-]/g, (character) => `\\${character}`);

function table(head: string[], rows: string[][]): string {
  const line = (cells: string[]) => `| ${cells.join(' | ')} |`;
  const rule = head.map((_, index) => (index === 0 ? ':--' : '--:'));
  return [line(head), line(rule), ...rows.map(line)].join('\n');
}

function measure(
  value: number,
  range: {low: number; high: number} | undefined,
  difference: number | undefined,
): string {
  return [
    percent(value),
    range ? `(${percentInterval(range)})` : '',
    difference === undefined ? '' : points(difference),
  ]
    .filter((part) => part !== '')
    .join(' ');
}

function resultRow(detector: DetectorResult, data: ReportData): string[] {
  const baseline = baselineOf(data);
  const {mean} = detector;
  const difference = meanDifference(detector, baseline);
  const cells = setsOf(data).flatMap(({name}) => {
    const set = detector.sets.find((one) => one.name === name);
    if (!set) return ['–', '–'];
    const gap = setDifference(set, detector, baseline);
    return [
      measure(set.auroc, set.intervals?.auroc, gap?.auroc),
      measure(set.fpr95, set.intervals?.fpr95, gap?.fpr95),
    ];
  });
  return [
    cell(detector.title) + (detector === baseline ? ' (baseline)' : ''),
    measure(mean.auroc, mean.intervals?.auroc, difference?.auroc),
    measure(mean.fpr95, mean.intervals?.fpr95, difference?.fpr95),
    ...cells,
  ];
}

function results(data: ReportData): string {
  if (data.detectors.length === 0) return 'No detector was evaluated.';
  const sets = setsOf(data).flatMap(({title}) => [`${cell(title)} AUROC ↑`, `${cell(title)} FPR95 ↓`]);
  const head = ['Detector', 'Mean AUROC ↑', 'Mean FPR95 ↓', ...sets];
  const rows = data.detectors.map((detector) => resultRow(detector, data));
  return `${table(head, rows)}\n\nIn percent; 95 % intervals in brackets, then the difference to the baseline in points.`;
}

function headline({headline: facts}: ReportData): string {
  const {synthetic} = facts;
  return table(
    ['', ''],
    [
      ['Trained on', cell(facts.trainedOn)],
      ['Images', count(facts.images)],
      ['Classes', count(facts.classes.length)],
      ['Synthetic images accepted', `${count(synthetic.accepted)} of ${count(synthetic.made)}`],
      ['Boundary and tolerance', `${score(synthetic.boundary)} ± ${score(synthetic.tolerance)}`],
      ['Negative labels', count(facts.negativeLabels)],
      ['Seed', cell(facts.seed)],
      ['Command', cell(facts.command)],
      ...Object.entries(facts.versions).map(([name, version]) => [cell(name), cell(version)]),
    ],
  );
}

/** The report's tables as Markdown, for an issue or a log. */
export function renderMarkdown(data: ReportData): string {
  const parts = [`# ${cell(data.title)}`];
  if (data.runs) {
    const head = ['', ...data.runs.map(({title}) => cell(title))];
    const rows = (list: [string, string[]][]) => list.map(([name, values]) => [name, ...values].map(cell));
    parts.push(table(head, rows(runRows(data.runs))));
    const settings = settingRows(data.runs);
    if (settings.length > 0) parts.push('## Settings that differ', table(head, rows(settings)));
  } else {
    parts.push(headline(data));
  }
  if (data.stages) {
    const rows = data.stages.map((state) => [cell(state.name), stateWord(state), cell(state.detail ?? '')]);
    parts.push('## Stages', table(['Stage', 'State', 'What is there, or wrong'], rows));
  }
  parts.push('## Results', results(data));
  if (data.machine && data.machine.stages.length > 0) {
    const rows = data.machine.stages.map(({name, seconds, peakMemory}) => [
      cell(name),
      duration(seconds),
      peakMemory === undefined ? '–' : bytes(peakMemory),
    ]);
    parts.push('## Time and memory', table(['Stage', 'Time', 'Peak memory'], rows));
  }
  if (data.leftOut.length > 0) {
    parts.push(
      '## Left out',
      data.leftOut.map(({what, reason}) => `- ${cell(what)}: ${cell(reason)}`).join('\n'),
    );
  }
  return `${parts.join('\n\n')}\n`;
}
