import {baselineOf, type Group, groupsOf, resultOf} from '../comparison.js';
import {isolated, markup, type Markup} from '../escape.js';
import {columnsCsv, download, figure, legend} from '../figure.js';
import {count, score} from '../format.js';
import {lineStyle, neutral} from '../palette.js';
import {type DetectorResult, type ReportData} from '../report-data.js';
import {commonExtent, density} from './density.js';
import {type Line, lineChart} from './lines.js';

/** More drawings than that are shown on demand. */
const SHOWN = 6;

interface Drawing {
  detector: DetectorResult;
  group: Group;
}

/** A detector's scores of the in-distribution images and of the sets that are told apart from them. */
async function densityFigure(data: ReportData, {detector, group}: Drawing, index: number) {
  const scores = data.scores[detector.name];
  const ind = (group.key === undefined ? undefined : scores?.inds?.[group.key]) ?? scores?.ind;
  if (!scores || !ind) return null;
  const lists = detector.sets.flatMap((set) => {
    const values = scores.sets[set.name];
    const own = group.sets.some(({name}) => name === set.name);
    return own && values && values.length > 0 ? [{title: set.title, values}] : [];
  });
  const threshold = detector.inDistribution.threshold;
  const extent = commonExtent([ind, ...lists.map(({values}) => values), [threshold]]);
  if (!extent || ind.length === 0) return null;
  const lines: Line[] = [
    {
      title: group.against === undefined ? 'In-distribution' : `In-distribution: ${group.against}`,
      points: density(ind, extent),
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
    title: markup`${isolated(detector.title)}${group.against === undefined ? '' : markup` <small>against ${isolated(group.against)}</small>`}`,
    chart,
    legend: legend(lines),
    caption: `Threshold ${score(threshold)}; ${count(ind.length)} in-distribution images.`,
    data: download(`density-${index + 1}.csv`, columnsCsv('score', lines)),
  });
}

/** How a detector's scores are spread over in-distribution images and over each set; the run's own and its baseline first. */
export async function densitySection(data: ReportData): Promise<Markup> {
  const first = [resultOf(data), baselineOf(data)].filter((one) => one !== undefined);
  const groups = groupsOf(data);
  const order = [...new Set([...first, ...data.detectors])].flatMap((detector) =>
    groups.map((group) => ({detector, group})),
  );
  const made = await Promise.all(
    order.map(async (one, index) => ({...one, drawn: await densityFigure(data, one, index)})),
  );
  const figures = made.flatMap(({detector, drawn}) => (drawn ? [{detector, drawn}] : []));
  if (figures.length === 0) return markup``;
  const open = figures.filter(({detector}) => figures.length <= SHOWN || first.includes(detector));
  const rest = figures.filter((one) => !open.includes(one));
  const plots = (some: typeof figures) => markup`<div class="plots">${some.map(({drawn}) => drawn)}</div>`;
  return markup`<section id="scores"><h2>Scores</h2><p>The less the curves of the sets reach into the grey area, the better they can be told apart. The dashed line is the threshold that keeps 95 % of in-distribution images; what lies to the right of it is let through. Each area under a curve is one, whatever the number of images; smoothed with a Gaussian kernel.</p>${plots(open)}${
    rest.length > 0
      ? markup`<details><summary>${rest.length} more of other detectors</summary>${plots(rest)}</details>`
      : ''
  }</section>`;
}
