import {isolated, markup, type Markup} from '../escape.js';
import {download, figure, legend, pointsCsv} from '../figure.js';
import {count, score} from '../format.js';
import {lineStyle, neutral} from '../palette.js';
import {type DetectorResult, type ReportData} from '../report-data.js';
import {commonExtent, density} from './density.js';
import {type Line, lineChart} from './lines.js';

async function densityFigure(data: ReportData, detector: DetectorResult, index: number) {
  const scores = data.scores[detector.name];
  if (!scores) return null;
  const lists = detector.sets.flatMap((set) => {
    const values = scores.sets[set.name];
    return values && values.length > 0 ? [{title: set.title, values}] : [];
  });
  const threshold = detector.inDistribution.threshold;
  const extent = commonExtent([scores.ind, ...lists.map(({values}) => values), [threshold]]);
  if (!extent || scores.ind.length === 0) return null;
  const lines: Line[] = [
    {
      title: 'In-distribution',
      points: density(scores.ind, extent),
      style: {colour: neutral.fill.light, dash: []},
      area: true,
    },
    ...lists.map(({title, values}, place) => ({
      title,
      points: density(values, extent),
      style: lineStyle(place),
    })),
  ];
  const axes = {x: 'score (higher is in-distribution)', y: 'density'};
  const rules = Number.isFinite(threshold) ? [{x: threshold}] : [];
  const chart = await lineChart(
    {...axes, lines, xDomain: extent, hideY: true, rules},
    {
      id: `density-${index}`,
      title: `Scores of ${detector.title}`,
      description: `Densities of the scores of in-distribution images and of ${lists.length} out-of-distribution sets, with the threshold ${score(threshold)} that keeps 95 percent of in-distribution images.`,
    },
  );
  return figure({
    title: isolated(detector.title),
    chart,
    legend: legend(lines),
    caption: `Threshold ${score(threshold)}, over ${count(detector.inDistribution.count)} in-distribution images.`,
    data: download(`density-${index + 1}.csv`, pointsCsv('score', 'density', lines)),
  });
}

/** How a detector's scores are spread over in-distribution images and over each set. */
export async function densitySection(data: ReportData): Promise<Markup> {
  const figures = await Promise.all(
    data.detectors.map((detector, index) => densityFigure(data, detector, index)),
  );
  if (figures.every((one) => one === null)) return markup``;
  return markup`<section id="scores"><h2>Scores</h2><p>The less the curves of the sets reach into the grey area, the better they can be told apart. The dashed line is the threshold that keeps 95 % of in-distribution images; what lies to the right of it is let through. Each area under a curve is one, whatever the number of images; smoothed with a Gaussian kernel.</p><div class="plots">${figures}</div></section>`;
}
