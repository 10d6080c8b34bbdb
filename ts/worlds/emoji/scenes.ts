import {SynoodError} from '../../binding/errors.js';
import type {Augmentation} from './augmentation.js';
import {sceneSize} from './background.js';
import {captionOf, remainCaption} from './captions.js';
import {composeScene, type Placement, type SceneSpec} from './composer.js';
import {concepts, trainingArtists, type Artist} from './concepts.js';
import type {Drawings} from './drawings.js';
import {Random} from './random.js';
import type {Box} from './stamp.js';

/**
 * - `subject`: one subject, 0-2 small contexts
 * - `remain`: one or two of the contexts, large, in the subject's place; "A photo only remain ..."
 * - `empty`: no subject, 0-2 small contexts
 */
export type SceneKind = 'subject' | 'remain' | 'empty';

export interface SceneChoice {
  /** which kind, or how often each; every scene is drawn anew */
  kind: SceneKind | Partial<Record<SceneKind, number>>;
  /** subjects to choose from, by index */
  concepts: readonly number[];
  /** contexts to choose from, by index; default: `concepts` */
  contexts?: readonly number[];
  /** how many contexts a `remain` scene shows, one of these by chance; default one or two */
  remaining?: readonly number[];
  /** default: all that are not held out */
  artists?: readonly Artist[];
  augmentation?: Augmentation;
  /** whether captions may tell the background's colour; default true */
  colours?: boolean;
}

export interface SceneStreamOptions extends SceneChoice {
  seed: number;
  /** scenes in all */
  count: number;
  drawings: Drawings;
  /** names the stream, so that two streams of one seed share no scene; default 'scenes' */
  name?: string;
  /** default 256 */
  batchSize?: number;
  /** the first scene's number, to go on where a stream was left; default 0 */
  start?: number;
}

export interface SceneBatch {
  /** (N, 3, 64, 64), planar RGB */
  pixels: Uint8Array;
  captions: string[];
  /** the first subject's concept index, -1 without a subject */
  subjects: number[];
  /** all small contexts' concept indices */
  contexts: number[][];
  boxes: (Box | undefined)[];
  /** the first scene's number in the stream */
  start: number;
}

function chooseKind(random: Random, kind: SceneChoice['kind']): SceneKind {
  if (typeof kind === 'string') return kind;
  const weighted = Object.entries(kind) as [SceneKind, number][];
  const total = weighted.reduce((sum, [, weight]) => sum + weight, 0);
  let left = random.uniform() * total;
  return (weighted.find(([, weight]) => (left -= weight) < 0) ?? weighted.at(-1)!)[0];
}

/** Who draws it: any of the artists that have. */
export function placeConcept(random: Random, concept: number, artists: readonly Artist[]): Placement {
  const drawn = artists.filter((artist) => concepts[concept]!.artists.includes(artist));
  if (drawn.length > 0) return {concept, artist: random.choice(drawn)};
  throw new SynoodError(
    'ERR_VALUE',
    `None of ${artists.join(', ')} has drawn ${JSON.stringify(concepts[concept]!.name)}. Give more artists.`,
  );
}

/** Chooses what a scene shows. 0, 1 or 2 contexts; a subject is never its own context. */
export function chooseScene(random: Random, choice: SceneChoice): SceneSpec & {kind: SceneKind} {
  const artists = choice.artists ?? trainingArtists;
  const kind = chooseKind(random, choice.kind);
  const pool = choice.contexts ?? choice.concepts;
  const large =
    kind === 'subject'
      ? [random.choice(choice.concepts)]
      : kind === 'remain'
        ? random.sample(pool, random.choice(choice.remaining ?? [1, 2]))
        : [];
  const small =
    kind === 'remain'
      ? []
      : random.sample(pool, random.choice([0, 1, 1, 2, 2])).filter((c) => !large.includes(c));
  const place = (concept: number): Placement => placeConcept(random, concept, artists);
  const augmentation = choice.augmentation;
  return {kind, subjects: large.map(place), contexts: small.map(place), augmentation};
}

/** (64, 64, 3) interleaved to (3, 64, 64) planar. */
function copyPlanar(pixels: Uint8Array, target: Uint8Array, offset: number): void {
  const plane = sceneSize * sceneSize;
  for (let at = 0; at < plane; at++) {
    target[offset + at] = pixels[at * 3]!;
    target[offset + plane + at] = pixels[at * 3 + 1]!;
    target[offset + 2 * plane + at] = pixels[at * 3 + 2]!;
  }
}

/** Composes the scenes numbered `start` to `start + count` of a stream. */
export function sceneBatch(options: SceneStreamOptions, start: number, count: number): SceneBatch {
  const size = 3 * sceneSize * sceneSize;
  const batch: SceneBatch = {
    pixels: new Uint8Array(count * size),
    captions: [],
    subjects: [],
    contexts: [],
    boxes: [],
    start,
  };
  for (let index = 0; index < count; index++) {
    const key = [options.seed, options.name ?? 'scenes', start + index] as const;
    const spec = chooseScene(Random.of(...key, 'what'), options);
    const scene = composeScene(Random.of(...key, 'where'), options.drawings, spec);
    const subjects = spec.subjects.map(({concept}) => concept);
    const contexts = spec.contexts.map(({concept}) => concept);
    const background = options.colours === false ? undefined : scene.background;
    const write = spec.kind === 'remain' ? remainCaption : captionOf;
    copyPlanar(scene.pixels, batch.pixels, index * size);
    batch.captions.push(write(Random.of(...key, 'words'), {subjects, contexts, background}));
    batch.subjects.push(subjects[0] ?? -1);
    batch.contexts.push(contexts);
    batch.boxes.push(scene.subjectBox);
  }
  return batch;
}

/** Batches of composed scenes, in order; scene number n is the same whatever the batch size and the start. */
export function* sceneStream(options: SceneStreamOptions): Generator<SceneBatch> {
  const {count, batchSize = 256, start = 0} = options;
  for (let at = start; at < start + count; at += batchSize) {
    yield sceneBatch(options, at, Math.min(batchSize, start + count - at));
  }
}
