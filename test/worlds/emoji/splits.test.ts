import test from 'ava';
import {concepts} from '../../../ts/worlds/emoji/concepts.js';
import {contextConcepts, inDistribution, testSets, validationSets} from '../../../ts/worlds/emoji/splits.js';
import {
  classNames,
  contextVocabulary,
  negativeAdjectives,
  negativeVocabulary,
} from '../../../ts/worlds/emoji/vocabulary.js';

test('every concept has one role', (t) => {
  const roles = [
    inDistribution,
    contextConcepts,
    ...Object.values(testSets),
    ...Object.values(validationSets),
  ].flat();
  t.is(new Set(roles).size, roles.length);
  t.deepEqual(
    [...roles].sort((a, b) => a - b),
    concepts.map((_, index) => index),
  );
});

test('twenty-five classes, all animals; near sets are animals and far sets are not', (t) => {
  const groups = (indices: readonly number[]): Set<string> =>
    new Set(indices.map((index) => concepts[index]!.group));
  t.is(inDistribution.length, 25);
  t.deepEqual(groups(inDistribution), new Set(['animal']));
  t.deepEqual(groups(testSets.near), new Set(['animal']));
  t.deepEqual(groups(validationSets.near), new Set(['animal']));
  t.deepEqual(groups(testSets.far), new Set(['food', 'object', 'travel']));
  t.deepEqual(groups(validationSets.far), new Set(['food', 'object', 'travel']));
  t.false(groups(contextConcepts).has('animal'));
});

test('negative words are distinct, and none is a class', (t) => {
  t.is(new Set(negativeVocabulary).size, negativeVocabulary.length);
  t.true(negativeVocabulary.length > 500);
  for (const name of classNames) t.false(negativeVocabulary.includes(name), name);
  for (const name of contextVocabulary) t.true(negativeVocabulary.includes(name), name);
  t.true(negativeAdjectives.length > 80);
});
