import test from 'ava';
import fc from 'fast-check';
import {difference, median} from '../../bench/harness/statistics.js';

test('the median has as many numbers below it as above', (t) => {
  fc.assert(
    fc.property(fc.array(fc.integer(), {minLength: 1}), (numbers) => {
      const middle = median(numbers);
      const below = numbers.filter((number) => number < middle).length;
      const above = numbers.filter((number) => number > middle).length;
      return Math.max(below, above) <= numbers.length / 2;
    }),
  );
  t.is(median([3, 1]), 2);
});

test('outputs of another length, or with numbers that are none, are infinitely far apart', (t) => {
  t.deepEqual(difference(Float32Array.of(1, -2), Float32Array.of(1.5, -4)), {largest: 2, scale: 4});
  t.is(difference(Float32Array.of(1), Float32Array.of(1, 2)).largest, Infinity);
  t.is(difference(Float32Array.of(NaN, 1), Float32Array.of(1, 1)).largest, Infinity);
  t.is(difference(new Float32Array(), new Float32Array()).largest, Infinity);
});
