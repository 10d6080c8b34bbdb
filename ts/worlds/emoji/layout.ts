import {concepts, heldOutArtist, trainingArtists, type Artist} from './concepts.js';
import {placeConcept} from './scenes.js';
import {contextConcepts, contextOnly, inDistribution, testSets, validationSets} from './splits.js';
import {type Random} from './random.js';
import type {SceneSpec} from './composer.js';

export interface WorldSize {
  /** every random number comes from this and an image's path */
  seed: number;
  /** training images of each of the twenty classes; default 40 */
  trainPerClass: number;
  /** images of each test set, a multiple of twenty for the classes' own; default 200 */
  testPerSet: number;
}

export interface PlannedImage {
  /** relative, forward slashes */
  path: string;
  subject: number | undefined;
  artists: readonly Artist[];
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

/** Every image of a world, in the order in which they are written. */
export function planWorld({trainPerClass, testPerSet}: WorldSize): PlannedImage[] {
  const perClass = Math.ceil(testPerSet / inDistribution.length);
  const held = [heldOutArtist];
  const tests = [...Object.entries(testSets), [contextOnly, [undefined]] as const];
  return [
    ...classImages('ind/train', trainPerClass, trainingArtists),
    ...classImages('ind/val', perClass, trainingArtists),
    ...classImages('ind/calibration', perClass, trainingArtists),
    ...classImages('ind-shifted/test', perClass, held),
    ...tests.flatMap(([name, subjects]) => [
      ...outImages(`ood/${name}`, subjects, testPerSet, trainingArtists),
      ...outImages(`ood/${name}-shifted`, subjects, testPerSet, held),
    ]),
    ...Object.entries(validationSets).flatMap(([name, subjects]) =>
      outImages(`ood-val/${name}`, subjects, Math.ceil(testPerSet / 2), trainingArtists),
    ),
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
