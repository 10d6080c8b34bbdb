import test from 'ava';
import {calibrateBoundary, energyScores, quantile, scoresOf} from '../../ts/synthesis/boundary.js';

const close = (a: number, b: number) => Math.abs(a - b) < 1e-9;

test('energy is T log sum exp(l / T), also where exp overflows', (t) => {
  const logits = {data: Float32Array.of(0, 0, 1, 2, 1000, 1000), shape: [3, 2]};
  const [even, plain, large] = energyScores(logits) as [number, number, number];
  t.true(close(even, Math.log(2)));
  t.true(close(plain, Math.log(Math.E + Math.E ** 2)));
  t.true(close(large, 1000 + Math.log(2)));
  t.true(close(energyScores(logits, 5)[0]!, 5 * Math.log(2)));
});

test('the quantile is linear between neighbours, as numpy has it', (t) => {
  const values = [4, 1, 3, 2];
  t.is(quantile(values, 0), 1);
  t.is(quantile(values, 1), 4);
  t.true(close(quantile(values, 0.5), 2.5));
  t.true(close(quantile(values, 0.05), 1.15));
  t.is(quantile([7], 0.3), 7);
});

test('numbers stay, quantiles and deviations are calibrated, and without images that is an error', (t) => {
  t.deepEqual(calibrateBoundary([], {boundary: 3, tolerance: 0.5}), {boundary: 3, tolerance: 0.5});
  const {boundary, tolerance} = calibrateBoundary([1, 3], {
    boundary: {quantile: 0.5},
    tolerance: {deviations: 2},
  });
  t.is(boundary, 2);
  t.is(tolerance, 2);
  const error = t.throws(() => calibrateBoundary([], {boundary: {quantile: 0.5}, tolerance: 1}));
  t.like(error, {code: 'ERR_CONFIG'});
  t.regex(error.message, /data\.calibration/);
});

test('the other scores, by their definitions', (t) => {
  const logits = {data: Float32Array.from([Math.log(1), Math.log(2), Math.log(5), 0, 0, 0]), shape: [2, 3]};
  const near = (found: number[], expected: number[]) =>
    found.forEach((value, row) => t.true(Math.abs(value - expected[row]!) < 1e-6, `${value}`));
  near(scoresOf('energy', logits), [Math.log(8), Math.log(3)]);
  near(scoresOf('msp', logits), [5 / 8, 1 / 3]);
  near(scoresOf('msp', logits, 0.5), [25 / 30, 1 / 3]);
  near(scoresOf('max-logit', logits), [Math.log(5), 0]);
  near(scoresOf('authors', logits), [Math.log(8) - Math.log(10) / 3, Math.log(3)]);
});
