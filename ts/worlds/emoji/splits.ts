import {readFileSync} from 'node:fs';
import {z} from 'zod';
import {SynoodError} from '../../binding/errors.js';
import {emojiAsset} from './assets.js';
import {concepts, indexOfConcept, type Group} from './concepts.js';

const names = z.array(z.string());
const file = z.object({inDistribution: names, validation: names, contexts: names});
const content = file.parse(JSON.parse(readFileSync(emojiAsset('splits.json'), 'utf8')));

function indicesOf(list: string[]): number[] {
  return list.map((name) => {
    const index = indexOfConcept(name);
    if (index !== undefined) return index;
    throw new SynoodError(
      'ERR_CONFIG',
      `splits.json names ${JSON.stringify(name)}, which concepts.json does not have. Correct one of them.`,
    );
  });
}

const used = new Set(indicesOf([...content.inDistribution, ...content.validation, ...content.contexts]));

const testOf = (...groups: Group[]): number[] =>
  concepts.flatMap((concept, index) => (groups.includes(concept.group) && !used.has(index) ? [index] : []));

/** The twenty-five classes, by index into `concepts`, in alphabetical order. */
export const inDistribution: readonly number[] = indicesOf(content.inDistribution);

/** Small things in every scene, in-distribution or not; never a test subject. */
export const contextConcepts: readonly number[] = indicesOf(content.contexts);

/** Out-of-distribution test sets with a subject, by name: near is other animals, far is food, objects and travel. */
export const testSets = {
  near: testOf('animal'),
  far: testOf('food', 'object', 'travel'),
} as const satisfies Record<string, readonly number[]>;

const validation = indicesOf(content.validation);
const isAnimal = (index: number): boolean => concepts[index]!.group === 'animal';

/** For choosing settings: no concept of theirs is in a test set. */
export const validationSets = {
  near: validation.filter(isAnimal),
  far: validation.filter((index) => !isAnimal(index)),
} as const satisfies Record<keyof typeof testSets, readonly number[]>;

/** The set of scenes with contexts and without a subject. */
export const contextOnly = 'context-only';

/** The set of pictures that show a pattern and no thing; test and validation have patterns of their own. */
export const texturesSet = 'textures';

/** All sets, in the order of tables. */
export const outOfDistributionSets = [...Object.keys(testSets), contextOnly, texturesSet] as const;
