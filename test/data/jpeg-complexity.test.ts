import test from 'ava';
import fc from 'fast-check';
import {jpegComplexity, selectMostComplex} from '../../ts/data/jpeg-complexity.js';

const picture = (value: (i: number) => number) => ({
  data: Uint8Array.from({length: 64 * 64 * 3}, (_, i) => value(i)),
  width: 64,
  height: 64,
});
const flat = picture(() => 128);
const smooth = picture((i) => (i / 3) % 64);
const noise = picture((i) => (Math.imul(i + 1, 2654435761) >>> 24) & 255);

test('a busier image is more complex; the file method divides the bytes of the file', async (t) => {
  const [low, middle, high] = await Promise.all(
    [flat, smooth, noise].map((image) => jpegComplexity(image, 'reencode-q90', 0)),
  );
  t.true(low! < middle! && middle! < high!, `${low} ${middle} ${high}`);
  t.is(await jpegComplexity(noise, 'reencode-q90', 5), high!);
  t.is(await jpegComplexity(flat, 'file', 2048), 0.5);
});

test('the most complex of each class are kept, whatever the order of the input', (t) => {
  const item = fc.record({
    id: fc.string(),
    className: fc.constantFrom('a', 'b', 'c'),
    complexity: fc.integer({min: 0, max: 5}),
  });
  fc.assert(
    fc.property(
      fc.uniqueArray(item, {selector: ({id}) => id}),
      fc.integer({min: 0, max: 4}),
      (items, keep) => {
        const kept = selectMostComplex(items, keep);
        t.deepEqual(selectMostComplex([...items].reverse(), keep), kept);
        for (const className of ['a', 'b', 'c']) {
          const all = items.filter((entry) => entry.className === className);
          const chosen = kept.filter((entry) => entry.className === className);
          t.is(chosen.length, Math.min(keep, all.length));
          const least = Math.min(...chosen.map(({complexity}) => complexity));
          t.true(all.every((entry) => chosen.includes(entry) || entry.complexity <= least));
        }
      },
    ),
    {numRuns: 50},
  );
});
