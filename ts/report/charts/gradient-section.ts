import {isolated, markup, type Markup} from '../escape.js';
import {csv, download, figure, legend} from '../figure.js';
import {score} from '../format.js';
import {lineStyle} from '../palette.js';
import {type GradientPoint, type ReportData} from '../report-data.js';
import {type Line, lineChart} from './lines.js';

const KINDS = [
  {key: 'cosine', title: 'Direction', y: 'cosine with the exact gradient'},
  {key: 'change', title: 'Effect', y: 'change of the score by a step'},
] as const;

/** One curve for each way of computing the gradient, over where the denoising starts. */
function linesOf(points: readonly GradientPoint[], key: 'cosine' | 'change'): Line[] {
  const methods = [...new Set(points.map(({method}) => method))];
  return methods.map((method, index) => ({
    title: method,
    style: lineStyle(index),
    points: points.filter((one) => one.method === method).map((one) => ({x: one.strength, y: one[key]})),
  }));
}

/** How near cheaper gradients come to the exact one, and what they do to the score. */
export async function gradientsSection({gradients}: ReportData): Promise<Markup> {
  if (!gradients || gradients.points.length === 0) return markup``;
  const {points} = gradients;
  const figures = KINDS.map(async ({key, title, y}) => {
    const lines = linesOf(points, key);
    const description = 'One curve for each gradient; the table below has the figures.';
    const chart = await lineChart(
      {x: 'strength', y, lines},
      {id: `gradients-${key}`, title: `Gradients: ${y}`, description},
    );
    return figure({title, chart, legend: legend(lines)});
  });
  const rows = points.map(
    ({strength, method, cosine, normRatio, change}) =>
      markup`<tr><th scope="row">${isolated(method)}</th><td>${score(strength)}</td><td>${score(cosine)}</td><td>${score(
        normRatio,
      )}</td><td>${score(change)}</td></tr>`,
  );
  const data = csv([
    ['gradient', 'strength', 'cosine', 'norm_ratio', 'score_change'],
    ...points.map(({strength, method, cosine, normRatio, change}) => [
      ...[method, strength, cosine, normRatio, change],
    ]),
  ]);
  return markup`<section id="gradients"><h2>Gradients</h2><p>Cheaper gradients beside the exact one, medians over images, by how far into the noise the denoising starts.</p><div class="plots two">${await Promise.all(
    figures,
  )}</div><div class="scroll" tabindex="0" role="region" aria-label="Gradients"><table class="small"><thead><tr><th scope="col">Gradient</th><th scope="col">Strength</th><th scope="col">Cosine</th><th scope="col">Norm ratio</th><th scope="col">Score change</th></tr></thead><tbody>${rows}</tbody></table></div>${download('gradients.csv', data)}</section>`;
}
