import type {Interval} from './bootstrap.js';
import {mean, standardDeviation} from './spread.js';

/** How much of Student's t lies between -t and t, for a whole number of degrees (Abramowitz and Stegun, 26.7.3 and 26.7.4). */
function shareWithin(t: number, degrees: number): number {
  const angle = Math.atan(t / Math.sqrt(degrees));
  const square = Math.cos(angle) ** 2;
  const odd = degrees % 2 === 1;
  let term = odd ? Math.cos(angle) : 1;
  let sum = degrees === 1 ? 0 : term;
  for (let k = odd ? 3 : 2; k < degrees; k += 2) {
    term *= ((k - 1) / k) * square;
    sum += term;
  }
  const share = Math.sin(angle) * sum;
  return odd ? (2 / Math.PI) * (angle + share) : share;
}

/** The t that `share` of Student's t lies within, to the last digits of a double. */
export function twoSidedQuantile(share: number, degrees: number): number {
  let [low, high] = [0, 1];
  while (shareWithin(high, degrees) < share) high *= 2;
  for (let step = 0; step < 80; step++) {
    const middle = (low + high) / 2;
    if (shareWithin(middle, degrees) < share) low = middle;
    else high = middle;
  }
  return high;
}

/** Of the mean of at least two independent numbers, as Student's t has it. */
export function meanInterval(values: readonly number[], level = 0.95): Interval {
  const centre = mean(values);
  const error = standardDeviation(values) / Math.sqrt(values.length);
  const reach = twoSidedQuantile(level, values.length - 1) * error;
  return {low: centre - reach, high: centre + reach};
}
