import test from 'ava';
import {Random} from '../../../ts/worlds/emoji/random.js';

const draw = (random: Random, count: number): number[] => Array.from({length: count}, () => random.uint32());

test('a stream depends on its key alone, and every part of the key counts', (t) => {
  t.deepEqual(draw(Random.of(1, 'a'), 8), draw(Random.of(1, 'a'), 8));
  const keys = [
    [1, 'a'],
    [2, 'a'],
    [1, 'b'],
    ['1', 'a'],
    [1, 'a', 0],
    [11, ''],
    [1, '1'],
  ];
  t.is(new Set(keys.map((key) => draw(Random.of(...key), 2).join())).size, keys.length);
});

test('its numbers stay what they were: worlds on disk depend on them', (t) => {
  t.deepEqual(draw(Random.of(0, 'fixture'), 3), [918118956, 2504319222, 1900462367]);
});

test('uniform and gaussian numbers have the moments that they should have', (t) => {
  const random = Random.of(3);
  const count = 40_000;
  const uniform = Array.from({length: count}, () => random.uniform());
  const normal = Array.from({length: count}, () => random.gaussian());
  const mean = (list: number[]): number => list.reduce((sum, value) => sum + value, 0) / count;
  const power = (list: number[], n: number): number => mean(list.map((value) => value ** n));
  t.true(Math.abs(mean(uniform) - 0.5) < 0.006);
  t.true(Math.abs(power(uniform, 2) - 1 / 3) < 0.006);
  t.true(Math.abs(mean(normal)) < 0.02);
  t.true(Math.abs(power(normal, 2) - 1) < 0.03);
  t.true(Math.abs(power(normal, 4) - 3) < 0.25);
});

test('scenes numbered one after the other start at unrelated places', (t) => {
  const first = Array.from({length: 20_000}, (_, index) => Random.of(0, 'scene', index).uniform());
  const bins = new Array<number>(20).fill(0);
  for (const value of first) bins[Math.floor(value * 20)]!++;
  const chiSquare = bins.reduce((sum, observed) => sum + (observed - 1000) ** 2 / 1000, 0);
  t.true(chiSquare < 43.8, `chi-square ${chiSquare} over 19 degrees of freedom`);
});

test('shuffle permutes, and every order of three is as frequent as any other', (t) => {
  const random = Random.of(4);
  const counts = new Map<string, number>();
  for (let round = 0; round < 6000; round++) {
    const key = random.shuffle([0, 1, 2]).join('');
    counts.set(key, (counts.get(key) ?? 0) + 1);
  }
  t.is(counts.size, 6);
  for (const count of counts.values()) t.true(Math.abs(count - 1000) < 130);
});

test('sample gives different elements', (t) => {
  const random = Random.of(5);
  const list = Array.from({length: 50}, (_, index) => index);
  for (const count of [0, 1, 2, 12, 13, 50, 60]) {
    t.is(new Set(random.sample(list, count)).size, Math.min(count, 50));
  }
});
