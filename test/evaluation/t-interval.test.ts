import test from 'ava';
import {meanInterval, twoSidedQuantile} from '../../ts/evaluation/t-interval.js';

for (const [share, degrees, expected] of [
  // scipy.stats.t.ppf((1 + share) / 2, degrees)
  [0.95, 1, 12.706204736432095],
  [0.95, 2, 4.302652729696142],
  [0.95, 3, 3.182446305284263],
  [0.95, 4, 2.7764451051977987],
  [0.95, 9, 2.2621571627409915],
  [0.95, 30, 2.0422724563012373],
  [0.99, 4, 4.604094871415897],
  [0.5, 5, 0.7266868438004226],
] as const) {
  test(`${share} of Student's t with ${degrees} degrees lies within ${expected.toFixed(4)}`, (t) => {
    t.true(Math.abs(twoSidedQuantile(share, degrees) - expected) < 1e-8 * expected);
  });
}

test("a mean's interval lies around it, and is a point where all values are the same", (t) => {
  const {low, high} = meanInterval([1, 2, 3]);
  t.true(Math.abs(high - (2 + 4.302652729696142 / Math.sqrt(3))) < 1e-9);
  t.true(Math.abs(low + high - 4) < 1e-12);
  t.deepEqual(meanInterval([0.25, 0.25]), {low: 0.25, high: 0.25});
});
