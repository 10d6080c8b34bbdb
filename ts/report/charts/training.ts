import {isolated, markup, type Markup} from '../escape.js';
import {download, figure, pointsCsv} from '../figure.js';
import {counted, score} from '../format.js';
import {lineStyle} from '../palette.js';
import {type ReportData, type TrainingCurve} from '../report-data.js';
import {bucketed} from './curves.js';
import {finite} from './density.js';
import {lineChart} from './lines.js';

const TITLES: Record<TrainingCurve['stage'], string> = {
  projection: 'Image projection',
  labels: 'Negative labels',
};

async function trainingFigure({stage, losses, run}: TrainingCurve, index: number): Promise<Markup | null> {
  const numbers = finite(losses);
  if (numbers.length === 0) return null;
  const points = bucketed(losses);
  const title = run === undefined ? TITLES[stage] : `${TITLES[stage]}, ${run}`;
  const lines = [{title, points, style: {...lineStyle(index), dash: []}}];
  const [first, last] = [losses[0], losses[losses.length - 1]];
  const lost = losses.length - numbers.length;
  const merged =
    points.length < losses.length
      ? ` Each point is the mean of ${Math.ceil(losses.length / 300)} steps.`
      : '';
  const broken = lost > 0 ? ` ${counted(lost, 'step')} had a loss that is not a number.` : '';
  return figure({
    title: isolated(title),
    chart: await lineChart(
      {x: 'step', y: 'loss', lines},
      {
        id: `training-${index}`,
        title: `Training loss: ${title}`,
        description: `From ${score(first)} at the first step to ${score(last)} at the last of ${losses.length}.`,
      },
    ),
    caption: `Loss ${score(first)} at the first step, ${score(last)} at the last of ${losses.length}.${merged}${broken}`,
    data: download(
      run === undefined ? `training-${stage}.csv` : `training-${index + 1}.csv`,
      pointsCsv('step', 'loss', lines),
    ),
  });
}

/** The losses of each part of fine-tuning. */
export async function trainingSection({training}: ReportData): Promise<Markup> {
  const figures = await Promise.all(training.map(trainingFigure));
  if (figures.every((one) => one === null)) return markup``;
  return markup`<section id="training"><h2>Training</h2><div class="plots">${figures}</div></section>`;
}
