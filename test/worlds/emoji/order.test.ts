import test from 'ava';
import {Random} from '../../../ts/worlds/emoji/random.js';
import {distinctOrder} from '../../../ts/worlds/emoji/training/stage.js';

const subjects = Array.from({length: 600}, (_, index) => (index * 7) % 20);

test('no batch holds a subject twice, and every sample has its turn', (t) => {
  const {data, shape} = distinctOrder(Random.of(3), subjects, 60, 10);
  t.deepEqual(shape, [60, 10]);
  const order = Array.from(data, Number);
  for (let step = 0; step < 60; step++) {
    const batch = order.slice(step * 10, step * 10 + 10).map((sample) => subjects[sample]);
    t.is(new Set(batch).size, 10);
  }
  t.is(new Set(order).size, 600);
});

test('the order is the seed alone', (t) => {
  const of = (seed: number) => Array.from(distinctOrder(Random.of(seed), subjects, 8, 20).data);
  t.deepEqual(of(3), of(3));
  t.notDeepEqual(of(3), of(4));
});

test('a batch larger than the number of subjects is refused', (t) => {
  t.throws(() => distinctOrder(Random.of(3), subjects, 1, 21), {code: 'ERR_VALUE', message: /at most 20/});
});
