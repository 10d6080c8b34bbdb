import {isolated, markup, type Markup} from '../escape.js';
import {download, figure, legend, pointsCsv} from '../figure.js';
import {count, percent, score} from '../format.js';
import {lineStyle, neutral} from '../palette.js';
import {type ReportData} from '../report-data.js';
import {commonExtent, density, finite, quantile} from './density.js';
import {type Line, lineChart} from './lines.js';

/** How near the boundary the synthetic images came, beside where they started and where real images lie. */
export async function boundarySection({boundary, headline}: ReportData): Promise<Markup> {
  const {boundary: level, tolerance, score: name} = headline.synthetic;
  const groups = [
    {title: 'Held-out in-distribution images', values: boundary.calibrationScores},
    {title: 'Synthetic, before the search', values: boundary.before},
    {title: 'Synthetic, after the search', values: boundary.after},
  ].map(({title, values}) => ({title, distances: finite(values).map((value) => value - level)}));
  const extent = commonExtent([...groups.map(({distances}) => distances), [-tolerance, tolerance]]);
  const styles = [{colour: neutral.fill.light, dash: []}, lineStyle(1), lineStyle(0)];
  const lines: Line[] = groups.flatMap(({title, distances}, index) =>
    extent && distances.length > 0
      ? [{title, points: density(distances, extent), style: styles[index]!, area: index === 0}]
      : [],
  );
  if (!extent || lines.length === 0) return markup``;
  const axes = {x: `${name} score less the boundary`, y: 'density'};
  const chart = await lineChart(
    {
      ...axes,
      lines,
      xDomain: extent,
      hideY: true,
      rules: [{x: 0}],
      band: [-tolerance, tolerance],
    },
    {
      id: 'boundary-chart',
      title: 'Distance to the boundary',
      description:
        'Densities of the distance to the boundary of held-out images and of synthetic images before and after the search; the table beside it has the figures.',
    },
  );
  const rows = groups.map(({title, distances}) => {
    const inside = distances.filter((distance) => Math.abs(distance) <= tolerance).length;
    return markup`<tr><th scope="row">${title}</th><td>${count(distances.length)}</td><td>${score(
      quantile(distances.map(Math.abs), 0.5),
    )}</td><td>${percent(inside / distances.length, 1)} %</td></tr>`;
  });
  return markup`<section id="boundary"><h2>Distance to the boundary</h2>
<p>The search moves each synthetic image until its ${isolated(name)} score is within ${score(tolerance)} of the boundary ${score(level)}: the shaded band.</p>
<div class="plots">${figure({
    title: 'Before and after the search',
    chart,
    legend: legend(lines),
    data: download('boundary.csv', pointsCsv(axes.x, axes.y, lines)),
  })}<div class="beside"><table class="small"><thead><tr><th scope="col">Images</th><th scope="col">Count</th><th scope="col">Median distance</th><th scope="col">Within tolerance</th></tr></thead><tbody>${rows}</tbody></table></div></div></section>`;
}
