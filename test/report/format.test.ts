import test from 'ava';
import fc from 'fast-check';
import {count, direction, listed, percent, points, score} from '../../ts/report/format.js';

test('rates are percent with two decimals, differences have a sign', (t) => {
  t.is(percent(0.93125), '93.13');
  t.is(percent(1), '100.00');
  t.is(percent(NaN), '–');
  t.is(percent(undefined), '–');
  t.is(points(0.015), '+1.50');
  t.is(points(-0.062), '\u22126.20');
  t.is(points(0), '±0.00');
  t.is(points(-0.00001), '±0.00');
});

test('the word for a difference agrees with the figure that is shown', (t) => {
  fc.assert(
    fc.property(fc.double({min: -1, max: 1, noNaN: true}), (difference) => {
      const sign = {'+': 1, '\u2212': -1, '±': 0}[points(difference)[0]!];
      t.is(direction(difference), sign as -1 | 0 | 1);
    }),
  );
  t.pass();
});

test('scores, counts and lists', (t) => {
  t.is(score(-6.20001), '\u22126.2');
  t.is(score(Infinity), '–');
  t.is(count(1234567), '1\u202f234\u202f567');
  t.is(listed(['a', 'b', 'c']), 'a, b and c');
  t.is(listed([]), '');
});
