import test from 'ava';
import {filterElements, type FilterInput} from '../../ts/contexts/filter-elements.js';
import {Engine} from '../../ts/models/engine.js';
import {Synonyms} from '../../ts/wordnet/synonyms.js';

const rows = (values: number[][]) => ({
  data: Float32Array.from(values.flat()),
  shape: [values.length, 4],
});

/** Axis 0 is "owl", axis 1 "camel"; axes 2 and 3 are things. */
const FEATURES: Record<string, number[]> = {
  'a tree': [0, 0, 2, 0],
  'a nest': [0.6, 0, 0.8, 0],
  road: [0, 0, 0, 5],
  desert: [0, 3, 0, 0.9],
  'a bird of prey': [1, 0, 0.1, 0],
  hooter: [0, 0, 1, 1],
  'two old owls': [0, 0, 1, 0],
  'Bactrian camel': [0, 0, 0, 1],
};

async function input(asked: string[][] = []): Promise<FilterInput> {
  return {
    images: [
      {
        label: 0,
        elements: ['road', 'hooter', 'a bird of prey', 'a nest', 'desert', 'two old owls', 'a tree'],
      },
      {label: 1, elements: ['Bactrian camel', 'hooter', 'a bird of prey', 'road']},
      {label: 0, elements: []},
    ],
    // f - (f . t) t is (0, 0, 3, 1) / |f| and (2, 0, 1, 4) / |f|.
    features: rows([
      [9, 0, 3, 1],
      [2, 9, 1, 4],
      [1, 1, 1, 1],
    ]),
    names: ['owl', 'camel'],
    classes: rows([
      [2, 0, 0, 0],
      [0, 1, 0, 0],
    ]),
    // Cosines to "owl": .95, .6, 0, 0; to "camel": 0, 0, .97, .3. A quarter of the words is one.
    words: rows([
      [0.95, 0, Math.sqrt(1 - 0.95 ** 2), 0],
      [0.6, 0, 0.8, 0],
      [0, 0.97, Math.sqrt(1 - 0.97 ** 2), 0],
      [0, 0.3, 0, Math.sqrt(1 - 0.3 ** 2)],
    ]),
    encode: (elements) => {
      asked.push(elements);
      return Promise.resolve(rows(elements.map((element) => FEATURES[element]!)));
    },
    synonyms: await Synonyms.load(),
  };
}

test('the subject, its synonyms and what is too near to it are taken out and told; the rest is ranked', async (t) => {
  await using engine = await Engine.open({device: 'cpu', threads: 1});
  const asked: string[][] = [];
  const found = await filterElements(engine, await input(asked), {dropNearest: 0.25});
  t.deepEqual(found, [
    {
      kept: ['a tree', 'a nest', 'road', 'desert'],
      dropped: [
        {element: 'hooter', reason: 'is the subject'},
        {element: 'a bird of prey', reason: 'CLIP takes it for the subject'},
        {element: 'two old owls', reason: 'is the subject'},
      ],
    },
    {
      // A synonym of another class is context here: (2, 0, 1, 4) . (0, 0, 1, 1) / sqrt 2 is 3.5, of the bird 2.1, of the road 4.
      kept: ['road', 'hooter', 'a bird of prey'],
      dropped: [{element: 'Bactrian camel', reason: 'is the subject'}],
    },
    {kept: [], dropped: []},
  ]);
  t.is(asked.length, 1, 'every element is encoded once');
  t.is(new Set(asked[0]).size, asked[0]!.length);
});

test('with a share of zero nothing is too near', async (t) => {
  await using engine = await Engine.open({device: 'cpu', threads: 1});
  const [first] = await filterElements(engine, await input(), {dropNearest: 0});
  t.true(first!.kept.includes('a bird of prey'));
  t.deepEqual(
    first!.dropped.map(({element}) => element),
    ['hooter', 'two old owls'],
  );
});
