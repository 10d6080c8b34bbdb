import test from 'ava';
import fc from 'fast-check';
import {
  bucketed,
  type Point,
  precisionRecallCurve,
  rocCurve,
  thinned,
} from '../../ts/report/charts/curves.js';
import {bandwidth, commonExtent, density, quantile} from '../../ts/report/charts/density.js';
import {normal, pairwiseAuroc} from './sample.js';

const area = (points: Point[]): number =>
  points.slice(1).reduce((sum, b, i) => sum + ((b.x - points[i]!.x) * (b.y + points[i]!.y)) / 2, 0);

// Few distinct values, so that there are ties within a list and between the two.
const scores = fc.array(fc.integer({min: -5, max: 5}), {minLength: 1, maxLength: 40});

test('the area under the ROC curve is the share of pairs in the right order, ties as half', (t) => {
  fc.assert(
    fc.property(scores, scores, (inside, outside) => {
      const curve = rocCurve(inside, outside);
      t.deepEqual(curve[0], {x: 0, y: 0});
      t.deepEqual(curve.at(-1), {x: 1, y: 1});
      t.true(Math.abs(area(curve) - pairwiseAuroc(inside, outside)) < 1e-12);
    }),
  );
  t.pass();
});

test('every point of the precision-recall curve is what counting at that threshold gives', (t) => {
  fc.assert(
    fc.property(scores, scores, (inside, outside) => {
      const thresholds = [...new Set([...inside, ...outside])].sort((a, b) => b - a);
      const counted = thresholds.map((threshold) => {
        const p = inside.filter((value) => value >= threshold).length;
        const n = outside.filter((value) => value >= threshold).length;
        return {x: p / inside.length, y: p / (p + n)};
      });
      t.deepEqual(precisionRecallCurve(inside, outside), counted);
    }),
  );
  t.pass();
});

test('a thinned curve is short, made of its own points, and keeps ends and area', (t) => {
  const curve = rocCurve(normal(1, 20_000, 1), normal(2, 20_000));
  const few = thinned(curve);
  t.true(few.length <= 300 && few.length > 250);
  t.is(few[0], curve[0]);
  t.is(few.at(-1), curve.at(-1));
  t.true(few.every((point) => curve.includes(point)));
  t.true(Math.abs(area(few) - area(curve)) < 1e-3);
  fc.assert(
    fc.property(scores, scores, fc.integer({min: 2, max: 8}), (inside, outside, limit) => {
      const whole = rocCurve(inside, outside);
      const thin = thinned(whole, limit);
      t.true(thin.length <= Math.max(limit, 2));
      t.is(thin[0], whole[0]);
      t.is(thin.at(-1), whole.at(-1));
    }),
  );
});

test('scores that are not numbers do not stop a curve', (t) => {
  t.deepEqual(rocCurve([NaN, 1], [-Infinity]).length, 3);
});

test('a long series becomes means of runs that weigh the same in the end', (t) => {
  const points = bucketed(Array.from({length: 900}, (_, i) => i));
  t.is(points.length, 300);
  t.deepEqual(points[0], {x: 2, y: 1});
  t.deepEqual(bucketed([4, 5]), [
    {x: 1, y: 4},
    {x: 2, y: 5},
  ]);
});

test('a density is one in all, and near the normal density that the numbers come from', (t) => {
  const values = normal(3, 20_000, 2, 0.5);
  const curve = density(values, commonExtent([values])!);
  t.true(Math.abs(area(curve) - 1) < 0.01);
  const worst = Math.max(
    ...curve.map(({x, y}) =>
      Math.abs(y - Math.exp(-(((x - 2) / 0.5) ** 2) / 2) / (0.5 * Math.sqrt(2 * Math.PI))),
    ),
  );
  t.true(worst < 0.05, String(worst));
});

test('equal, few or no scores have a density too', (t) => {
  const same = [3, 3, 3];
  t.true(Math.abs(area(density(same, commonExtent([same])!)) - 1) < 0.05);
  t.deepEqual(density([], [0, 1]), []);
  t.is(commonExtent([[], [NaN]]), null);
  t.is(bandwidth([1, 1]), 0);
  t.is(quantile([4, 1, 3, 2], 0.5), 2.5);
  t.true(Number.isNaN(quantile([], 0.5)));
});
