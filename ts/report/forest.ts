import {markup, type Markup} from './escape.js';
import {pointsInterval, points} from './format.js';
import {neutral, series} from './palette.js';
import {type Interval} from './report-data.js';

const WIDTH = 150;
const HEIGHT = 22;
const EDGE = 6;

/** A difference with its interval, where there is one. */
export interface Effect {
  value: number;
  interval?: Interval;
}

/** The half width of an axis around 0 that all differences fit on, in fractions; 0 without any. */
export const reach = (effects: readonly Effect[]): number =>
  Math.max(
    0,
    ...effects
      .flatMap(({value, interval}) => [value, interval?.low ?? value, interval?.high ?? value])
      .filter(Number.isFinite)
      .map(Math.abs),
  );

/**
 * A row of a forest plot: the difference as a dot, its interval as a bar, and the line of no difference. The side that is
 * better has no place of its own: it is told by the words beside it.
 *
 * @param limit  half width of the axis, one for all rows
 */
export function forestRow({value, interval}: Effect, limit: number, sure: boolean): Markup {
  const x = (difference: number): number =>
    Number(
      (WIDTH / 2 + Math.max(-1, Math.min(1, difference / (limit || 1))) * (WIDTH / 2 - EDGE)).toFixed(1),
    );
  const y = HEIGHT / 2;
  const colour = sure ? series[0]!.light : neutral.muted.light;
  const bar = interval
    ? markup`<line x1="${x(interval.low)}" x2="${x(interval.high)}" y1="${y}" y2="${y}" stroke="${colour}" stroke-width="2.5" stroke-linecap="round"></line>`
    : '';
  const label = `${points(value, 1)} points${interval ? `, interval ${pointsInterval(interval, 1)}` : ''}`;
  return markup`<svg class="chart forest" viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" aria-label="${label}"><line x1="${
    WIDTH / 2
  }" x2="${WIDTH / 2}" y1="0" y2="${HEIGHT}" stroke="${neutral.fill.light}" stroke-dasharray="2 2"></line>${bar}<circle cx="${x(
    value,
  )}" cy="${y}" r="4.5" fill="${sure ? colour : neutral.grid.light}" stroke="${colour}" stroke-width="1.5"></circle></svg>`;
}
