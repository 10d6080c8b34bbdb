import {setTimeout as delay} from 'node:timers/promises';
import test from 'ava';
import {mapAhead} from '../../ts/data/map-ahead.js';

test('results come in order, never more of them ahead than asked for', async (t) => {
  let started = 0;
  let taken = 0;
  let most = 0;
  function* source() {
    for (let number = 0; number < 50; number++) yield number;
  }
  const results = mapAhead(source(), 5, async (number) => {
    most = Math.max(most, ++started - taken);
    await delay((number * 7) % 11);
    return number;
  });
  const got: number[] = [];
  for await (const number of results) {
    got.push(number);
    taken++;
  }
  t.deepEqual(
    got,
    Array.from({length: 50}, (_, at) => at),
  );
  t.is(most, 5);
});

test('an error comes at its place, the source is closed, and nothing is left unhandled', async (t) => {
  let closed = false;
  async function* source() {
    try {
      for (let number = 0; ; number++) yield number;
    } finally {
      closed = true;
    }
  }
  const got: number[] = [];
  const results = mapAhead(source(), 4, (number) => {
    if (number === 6) throw new Error('the seventh');
    return number;
  });
  const reading = (async () => {
    for await (const number of results) got.push(number);
  })();
  await t.throwsAsync(reading, {message: 'the seventh'});
  t.deepEqual(got, [0, 1, 2, 3, 4, 5]);
  t.true(closed);
});

test('who stops reading closes the source', async (t) => {
  let closed = false;
  function* source() {
    try {
      for (let number = 0; ; number++) yield number;
    } finally {
      closed = true;
    }
  }
  for await (const number of mapAhead(source(), 3, (one) => one)) if (number === 4) break;
  t.true(closed);
});
