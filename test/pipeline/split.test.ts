import test from 'ava';
import fc from 'fast-check';
import type {ImageItem} from '../../ts/data/image-folder.js';
import {sampleFiles} from '../../ts/pipeline/sample-names.js';
import {splitInDistribution} from '../../ts/pipeline/split.js';
import {wordList} from '../../ts/data/word-list.js';

const item = (className: string, index: number): ImageItem => {
  const id = `${className}/${index}.png`;
  return {id, path: `/x/${id}`, className, bytes: 1};
};

test('a split has every image once, in the same part whatever the order', (t) => {
  const sizes = fc.array(fc.integer({min: 1, max: 12}), {minLength: 1, maxLength: 4});
  fc.assert(
    fc.property(
      sizes,
      fc.integer({min: 0, max: 99}),
      fc.double({min: 0, max: 0.4, noNaN: true}),
      (counts, seed, share) => {
        const items = counts.flatMap((count, name) =>
          Array.from({length: count}, (_, i) => item(`c${name}`, i)),
        );
        const options = {seed, share, calibration: true, validation: true};
        const split = splitInDistribution(items, options);
        const all = [...split.train, ...split.calibration, ...split.validation].map(({id}) => id);
        t.deepEqual(all.sort(), items.map(({id}) => id).sort());
        t.deepEqual(splitInDistribution([...items].reverse(), options), split);
        counts.forEach((count, name) => {
          const train = split.train.filter(({className}) => className === `c${name}`);
          t.true(train.length >= 1, 'a class always keeps a training image');
          const held = split.calibration.filter(({className}) => className === `c${name}`).length;
          t.is(held, count > 2 ? Math.max(1, Math.floor(share * count)) : 0);
        });
      },
    ),
    {numRuns: 50},
  );
});

test('only the parts without a folder of their own are held out', (t) => {
  const items = Array.from({length: 8}, (_, i) => item('a', i));
  const split = splitInDistribution(items, {seed: 0, share: 0.25, calibration: true, validation: false});
  t.deepEqual([split.train.length, split.calibration.length, split.validation.length], [6, 2, 0]);
});

test('every sample has a file of its own, whatever the images are called', (t) => {
  const ids = [
    'a/x.png',
    'a/x.jpg',
    'a/X.jpg',
    'a/sub/y.png',
    'a/sub-y.png',
    'b/x.png',
    'b/../c.png',
    'b/q:?.png',
    'b/.png',
  ];
  const files = sampleFiles(ids.map((id) => ({id, class: id.split('/')[0]!})));
  t.is(new Set([...files.values()].map((name) => name.toLowerCase())).size, ids.length);
  t.is(files.get('b/x.png'), 'b/x.png');
  for (const name of files.values()) t.regex(name, /^[ab]\/[^./\\:][^/\\:]*\.png$/);
});

test('vocabularies lose doubles, underscores and stray brackets', (t) => {
  t.deepEqual(wordList([' light_bulb ', 'Light bulb', '[owl', '', 'owl', 'a  b']), {
    words: ['light bulb', 'owl', 'a b'],
    blanks: 1,
    duplicates: 2,
  });
});
