import {markup, type Markup} from './escape.js';
import {score} from './format.js';
import {neutral, series} from './palette.js';

const WIDTH = 160;
const HEIGHT = 44;
const MARGIN = 5;

/** A score's way through the iterations, with the boundary and its tolerance as a band. */
export function sparkline(trajectory: readonly number[], boundary: number, tolerance: number): Markup {
  const finite = trajectory.filter(Number.isFinite);
  if (finite.length === 0) return markup``;
  const band = Number.isFinite(boundary) ? [boundary - tolerance, boundary + tolerance] : [];
  const low = Math.min(...finite, ...band);
  const high = Math.max(...finite, ...band);
  const y = (value: number): number =>
    Number((HEIGHT - MARGIN - ((value - low) / (high - low || 1)) * (HEIGHT - 2 * MARGIN)).toFixed(1));
  const x = (index: number): number =>
    Number((MARGIN + (index / Math.max(1, trajectory.length - 1)) * (WIDTH - 2 * MARGIN)).toFixed(1));
  const path = trajectory
    .flatMap((value, index) => (Number.isFinite(value) ? [`${x(index)} ${y(value)}`] : []))
    .join('L');
  const last = trajectory.findLastIndex(Number.isFinite);
  const target = band.length
    ? markup`<rect x="0" y="${y(band[1]!)}" width="${WIDTH}" height="${Math.max(0.5, y(band[0]!) - y(band[1]!))}" fill="${
        neutral.fill.light
      }" opacity="0.6"></rect><line x1="0" x2="${WIDTH}" y1="${y(boundary)}" y2="${y(boundary)}" stroke="${
        neutral.muted.light
      }" stroke-dasharray="3 3"></line>`
    : markup``;
  const label = `Score from ${score(finite[0])} to ${score(finite[finite.length - 1])} over ${trajectory.length} iterations; boundary ${score(boundary)}`;
  return markup`<svg class="chart spark" viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" aria-label="${label}">${target}<path d="M${path}" fill="none" stroke="${
    series[0]!.light
  }" stroke-width="2" stroke-linejoin="round" vector-effect="non-scaling-stroke"></path><circle cx="${x(last)}" cy="${y(trajectory[last]!)}" r="2.5" fill="${
    series[0]!.light
  }"></circle></svg>`;
}
