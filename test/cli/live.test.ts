import test from 'ava';
import {LiveFigures, sparkline} from '../../ts/cli/output/live.js';

test('a sparkline goes from the lowest bar to the highest; equal numbers are level', (t) => {
  t.is(sparkline([0, 1, 2, 3, 4, 5, 6, 7]), '▁▂▃▄▅▆▇█');
  t.is(sparkline([5, 5, NaN, 5]), '▄▄▄');
  t.is(sparkline([9, 0, 1], 2), '▁█');
  t.is(sparkline([]), '');
});

test('rate and time left come from what this run does, not from what an earlier one had done', (t) => {
  const live = new LiveFigures();
  live.add({done: 100}, 0);
  t.is(live.text({done: 100, total: 200}, 0), '');
  live.add({done: 110}, 5000);
  t.is(live.rate(5000), 2);
  t.is(live.text({done: 110, total: 200}, 5000), '2.0/s, 45s left');
  live.clear();
  live.add({done: 0}, 0);
  live.add({done: 1}, 10_000);
  t.is(live.text({done: 1, total: 3}, 10_000), '6.0/min, 20s left');
});

test('a rate forgets what is long ago', (t) => {
  const live = new LiveFigures();
  for (let second = 0; second <= 10; second++) live.add({done: 10 * second}, 1000 * second);
  for (let second = 11; second <= 100; second++) live.add({done: 90 + second}, 1000 * second);
  t.true(Math.abs(live.rate(100_000)! - 1) < 0.05);
});

test('a sample that is told late moves no count back; another part of a stage begins anew', (t) => {
  const live = new LiveFigures();
  live.add({done: 0}, 0);
  live.add({done: 4}, 2000);
  live.add({done: 3, sample: {accepted: true, score: 1}}, 2100);
  t.is(live.done, 4);
  t.is(live.rate(2000), 2);
  live.add({done: 1}, 3000);
  t.is(live.done, 1);
  t.is(live.rate(4000), undefined);
});

test('acceptance and scores are those of the samples', (t) => {
  const live = new LiveFigures();
  live.add({done: 0}, 0);
  live.add({done: 1, sample: {accepted: true, score: 1}}, 1000);
  live.add({done: 2, sample: {accepted: false, score: 2}}, 2000);
  live.add({done: 3, sample: {accepted: true, score: null}}, 3000);
  t.is(live.text({done: 3, total: 3}, 3000), '1.0/s, 67 % accepted, score ▁█');
});
