import {isolated, markup, type Markup} from '../escape.js';
import {csv, download, figure} from '../figure.js';
import {count, counted, percent, score} from '../format.js';
import {type LineStyle, lineStyle} from '../palette.js';
import {type ReportData, type TrainingCurve, type TrainingSeries} from '../report-data.js';
import {bucketed} from './curves.js';
import {finite} from './density.js';
import {lineChart} from './lines.js';

const POINTS = 300;

/** What a log tells of each step beside the loss, in the order in which it is shown. */
const SERIES: {key: keyof TrainingSeries; title: string; format?: string}[] = [
  {key: 'accuracies', title: 'Accuracy of the batch', format: '.0%'},
  {key: 'learningRates', title: 'Learning rate', format: '.1e'},
  {key: 'gradientNorms', title: 'Gradient norm'},
  {key: 'samplesPerSecond', title: 'Samples a second'},
];

const solid = (index: number): LineStyle => ({...lineStyle(index), dash: []});

async function plot(
  values: readonly number[],
  {id, title, of, format, style}: {id: string; title: string; of: string; format?: string; style: LineStyle},
  caption?: Markup | string,
  data?: Markup,
): Promise<Markup | ''> {
  if (finite(values as number[]).length === 0) return '';
  const lines = [{title, points: bucketed(values, POINTS), style}];
  const chart = await lineChart(
    {x: 'step', y: title.toLowerCase(), lines, yFormat: format},
    {
      id,
      title: `${title}: ${of}`,
      description: `From ${score(values[0])} at the first step to ${score(values.at(-1))} at the last of ${values.length}.`,
    },
  );
  return figure({title, chart, caption, data});
}

/** Every step as it was logged; a long log as means of runs of steps, as it is drawn. */
function stepsCsv({losses, more}: TrainingCurve): string {
  const columns = [
    ['loss', losses] as const,
    ...SERIES.flatMap(({key}) => (more?.[key] ? [[key, more[key]] as const] : [])),
  ].map(([name, values]) => ({name, points: bucketed(values, 2000)}));
  const cell = (value: number | undefined) =>
    value === undefined || !Number.isFinite(value) ? '' : Number(value.toPrecision(6));
  return csv([
    ['step', ...columns.map(({name}) => name)],
    ...columns[0]!.points.map(({x}, row) => [x, ...columns.map(({points}) => cell(points[row]?.y))]),
  ]);
}

function caption({losses}: TrainingCurve): string {
  const lost = losses.length - finite(losses).length;
  const width = Math.ceil(losses.length / POINTS);
  const merged = width > 1 ? ` Each point is the mean of ${count(width)} steps.` : '';
  const broken = lost > 0 ? ` ${counted(lost, 'step')} had a loss that is not a number.` : '';
  return `Loss ${score(losses[0])} at the first step, ${score(losses.at(-1))} at the last of ${count(losses.length)}.${merged}${broken}`;
}

async function training(curve: TrainingCurve, index: number): Promise<{words: Markup; plots: Markup} | null> {
  const {losses, more} = curve;
  if (finite(losses).length === 0) return null;
  const title = curve.run === undefined ? curve.title : `${curve.title}, ${curve.run}`;
  const style = solid(index);
  const file = curve.run === undefined ? `training-${curve.name}.csv` : `training-${index + 1}.csv`;
  const loss = await plot(
    losses,
    {id: `training-${index}`, title: 'Loss', of: title, style},
    caption(curve),
    download(file.replace(/[^\w.-]+/g, '-'), stepsCsv(curve)),
  );
  const others: (Markup | '')[] = [];
  for (const {key, title: name, format} of SERIES) {
    const values = more?.[key];
    const id = `training-${index}-${key}`;
    if (values) others.push(await plot(values, {id, title: name, of: title, format, style}));
  }
  const accuracy = more?.accuracies?.findLast(Number.isFinite);
  const last = accuracy === undefined ? '' : `, accuracy of the last batch ${percent(accuracy, 1)} %`;
  return {
    words: markup`<h3>${isolated(title)} <small>${counted(losses.length, 'step')}${last}</small></h3>`,
    plots: markup`${loss}${others}`,
  };
}

/** The losses of each training, and whatever else its log tells of its steps. */
export async function trainingSection({training: curves}: ReportData): Promise<Markup> {
  const made = (await Promise.all(curves.map(training))).filter((one) => one !== null);
  if (made.length === 0) return markup``;
  return markup`<section id="training"><h2>Training</h2>${made.map(
    ({words, plots}) => markup`${words}<div class="plots">${plots}</div>`,
  )}</section>`;
}
