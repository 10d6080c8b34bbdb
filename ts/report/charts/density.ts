import {type Scores} from '../report-data.js';
import {type Point} from './curves.js';

const STEPS = 200;

export const finite = (values: Scores): number[] => Array.from(values).filter(Number.isFinite);

/** The range of several lists, a little wider; null where they hold no number. */
export function commonExtent(lists: readonly Scores[]): [number, number] | null {
  let low = Infinity;
  let high = -Infinity;
  for (const value of lists.flatMap(finite)) {
    low = Math.min(low, value);
    high = Math.max(high, value);
  }
  if (low > high) return null;
  const margin = (high - low) * 0.04 || Math.abs(high) * 0.04 || 1;
  return [low - margin, high + margin];
}

/** The value below which a share of the numbers lies, interpolated between neighbours; NaN of nothing. */
export function quantile(values: Scores, share: number): number {
  const sorted = finite(values).sort((a, b) => a - b);
  const place = (sorted.length - 1) * share;
  const below = sorted[Math.floor(place)] ?? NaN;
  const above = sorted[Math.ceil(place)] ?? NaN;
  return below + (above - below) * (place - Math.floor(place));
}

/** Silverman, "Density estimation", 1986, equation 3.31: 0.9 min(sd, IQR / 1.34) n^(-1/5). */
export function bandwidth(values: Scores): number {
  const list = finite(values);
  const mean = list.reduce((sum, value) => sum + value, 0) / list.length;
  const deviation = Math.sqrt(list.reduce((sum, value) => sum + (value - mean) ** 2, 0) / list.length);
  const spread = (quantile(list, 0.75) - quantile(list, 0.25)) / 1.34;
  return 0.9 * (Math.min(deviation, spread) || deviation) * list.length ** -0.2;
}

/**
 * A Gaussian kernel density over an extent, on a fixed number of steps:
 *
 *   f(x) = 1 / (n h sqrt(2 pi)) * sum_i exp(-((x - x_i) / h)^2 / 2)
 *
 * The kernel is never narrower than one step, so that equal scores make a peak instead of nothing.
 */
export function density(values: Scores, [low, high]: [number, number]): Point[] {
  const list = finite(values);
  if (list.length === 0) return [];
  const step = (high - low) / STEPS;
  const h = Math.max(bandwidth(list), step);
  const scale = 1 / (list.length * h * Math.sqrt(2 * Math.PI));
  return Array.from({length: STEPS + 1}, (_, i) => {
    const x = low + i * step;
    return {x, y: scale * list.reduce((sum, value) => sum + Math.exp(-0.5 * ((x - value) / h) ** 2), 0)};
  });
}
