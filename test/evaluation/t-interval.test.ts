import test from 'ava';
import {meanInterval, twoSidedQuantile} from '../../ts/evaluation/t-interval.js';

for (const [share, degrees, expected] of [
  // scipy.stats.t.ppf((1 + share) / 2, degrees)
  [0.95, 1, 12.706204736174694],
  [0.95, 2, 4.302652729749462],
  [0.95, 3, 3.1824463052837078],
  [0.95, 4, 2.7764451051977934],
  [0.95, 9, 2.262157162798205],
  [0.95, 30, 2.0422724563012378],
  [0.99, 4, 4.604094871349992],
  [0.5, 5, 0.7266868438004226],
] as const) {
  test(`${share} of Student's t with ${degrees} degrees lies within ${expected.toFixed(4)}`, (t) => {
    t.true(Math.abs(twoSidedQuantile(share, degrees) - expected) < 1e-12 * expected);
  });
}

test("a mean's interval lies around it, and is a point where all values are the same", (t) => {
  const {low, high} = meanInterval([1, 2, 3]);
  t.true(Math.abs(high - (2 + 4.302652729749462 / Math.sqrt(3))) < 1e-12);
  t.true(Math.abs(low + high - 4) < 1e-12);
  t.deepEqual(meanInterval([0.25, 0.25]), {low: 0.25, high: 0.25});
});
