import {concepts, heldOutArtist, trainingArtists, type Artist} from './concepts.js';
import {placeConcept} from './scenes.js';
import {
  contextConcepts,
  contextOnly,
  inDistribution,
  testSets,
  texturesSet,
  validationSets,
} from './splits.js';
import {testPatterns, validationPatterns, type Patterns} from './textures.js';
import {type Random} from './random.js';
import type {SceneSpec} from './composer.js';

export interface WorldSize {
  /** every random number comes from this and an image's path */
  seed: number;
  /** training images of each of the twenty-five classes; default 40 */
  trainPerClass: number;
  /** images of each test set, a multiple of twenty-five for the classes' own; default 200 */
  testPerSet: number;
}

export interface PlannedImage {
  /** relative, forward slashes */
  path: string;
  subject: number | undefined;
  artists: readonly Artist[];
  /** shown instead of a scene */
  pattern?: Patterns[string];
}

const fileName = (index: number): string => `${String(index).padStart(4, '0')}.png`;

/** A concept's folder: its name, words joined by an underscore. */
export const folderOf = (concept: number): string => concepts[concept]!.name.replaceAll(' ', '_');

function classImages(folder: string, perClass: number, artists: readonly Artist[]): PlannedImage[] {
  return inDistribution.flatMap((subject) =>
    Array.from({length: perClass}, (_, index) => ({
      path: `${folder}/${folderOf(subject)}/${fileName(index)}`,
      subject,
      artists,
    })),
  );
}

/** Each concept as often as any other, give or take one. */
function outImages(
  folder: string,
  subjects: readonly (number | undefined)[],
  count: number,
  artists: readonly Artist[],
): PlannedImage[] {
  return Array.from({length: count}, (_, index) => {
    const subject = subjects[index % subjects.length];
    const name = subject === undefined ? fileName(index) : `${folderOf(subject)}-${fileName(index)}`;
    return {path: `${folder}/${name}`, subject, artists};
  });
}

function textures(folder: string, patterns: Patterns, count: number): PlannedImage[] {
  const entries = Object.entries(patterns);
  return Array.from({length: count}, (_, index) => {
    const [name, pattern] = entries[index % entries.length]!;
    return {path: `${folder}/${name}-${fileName(index)}`, subject: undefined, artists: [], pattern};
  });
}

/** The four sets of one split by some artists; a suffix tells the held-out artist's from the others. */
function outSets(
  folder: string,
  sets: Record<string, readonly number[]>,
  patterns: Patterns,
  count: number,
  by: {artists: readonly Artist[]; suffix: string},
): PlannedImage[] {
  const scenes = [...Object.entries(sets), [contextOnly, [undefined]] as const];
  return [
    ...scenes.flatMap(([name, subjects]) =>
      outImages(`${folder}/${name}${by.suffix}`, subjects, count, by.artists),
    ),
    ...textures(`${folder}/${texturesSet}${by.suffix}`, patterns, count),
  ];
}

/** Every image of a world, in the order in which they are written. */
export function planWorld({trainPerClass, testPerSet}: WorldSize): PlannedImage[] {
  const perClass = Math.ceil(testPerSet / inDistribution.length);
  const held = [heldOutArtist];
  const known = {artists: trainingArtists, suffix: ''};
  return [
    ...classImages('ind/train', trainPerClass, trainingArtists),
    ...classImages('ind/val', perClass, trainingArtists),
    ...classImages('ind/calibration', perClass, trainingArtists),
    ...classImages('ind/test', perClass, trainingArtists),
    ...classImages('ind-shifted/test', perClass, held),
    ...outSets('ood', testSets, testPatterns, testPerSet, known),
    ...outSets('ood', testSets, testPatterns, testPerSet, {artists: held, suffix: '-shifted'}),
    ...outSets('ood-val', validationSets, validationPatterns, testPerSet, known),
  ];
}

/** What a planned image shows. Contexts are the same kinds of things in every set, so they give nothing away. */
export function specOf(random: Random, {subject, artists}: PlannedImage): SceneSpec {
  const contexts = random.sample(
    contextConcepts,
    random.choice(subject === undefined ? [1, 2] : [0, 1, 1, 2, 2]),
  );
  return {
    subjects: subject === undefined ? [] : [placeConcept(random, subject, artists)],
    contexts: contexts.map((concept) => placeConcept(random, concept, artists)),
  };
}
