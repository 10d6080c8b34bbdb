import type {RgbImage} from '../../ts/data/image.js';
import {binarise, type BinaryMask, boxMask, type Mask} from '../../ts/data/mask.js';
import {composeScene} from '../../ts/worlds/emoji/composer.js';
import {concepts} from '../../ts/worlds/emoji/concepts.js';
import {type Drawing, Drawings} from '../../ts/worlds/emoji/drawings.js';
import {Random} from '../../ts/worlds/emoji/random.js';
import {chooseScene} from '../../ts/worlds/emoji/scenes.js';
import {contextConcepts, inDistribution} from '../../ts/worlds/emoji/splits.js';

export interface SubjectScene {
  image: RgbImage;
  /** of the subject's class */
  name: string;
  /** the subject's own pixels */
  truth: BinaryMask;
}

const SIDE = 64;
/** A change of a byte by more than this is the subject's. */
const VISIBLE = 8;

const transparent = ({levels}: Drawing): Drawing => ({
  levels: levels.map(({size, rgba}) => ({size, rgba: new Uint8Array(rgba.length)})) as Drawing['levels'],
});

/** Scenes with one subject; its pixels are those that change when it alone is drawn with nothing. */
export async function subjectScenes(count: number): Promise<SubjectScene[]> {
  const drawings = await Drawings.load();
  return Array.from({length: count}, (_, index) => {
    const key = [2024, 'subject-mask', index] as const;
    const choice = {kind: 'subject', concepts: inDistribution, contexts: contextConcepts} as const;
    const spec = chooseScene(Random.of(...key, 'what'), choice);
    const {concept} = spec.subjects[0]!;
    const without = {
      get: (one: number, artist: Parameters<Drawings['get']>[1]) => {
        const drawing = drawings.get(one, artist);
        return one === concept ? transparent(drawing) : drawing;
      },
    } as Drawings;
    const {pixels} = composeScene(Random.of(...key, 'where'), drawings, spec);
    const empty = composeScene(Random.of(...key, 'where'), without, spec).pixels;
    const data = Uint8Array.from({length: SIDE * SIDE}, (_, i) =>
      [0, 1, 2].some((c) => Math.abs(pixels[i * 3 + c]! - empty[i * 3 + c]!) > VISIBLE) ? 255 : 0,
    );
    const size = {width: SIDE, height: SIDE};
    return {image: {data: pixels, ...size}, name: concepts[concept]!.name, truth: {data, ...size}};
  });
}

/** A square in the middle. */
export function centredBox({width, height}: RgbImage, area: number): BinaryMask {
  const half = Math.sqrt(area) / 2;
  const span = (size: number): [number, number] => [Math.round(size / 2 - half), Math.round(size / 2 + half)];
  const [[left, right], [top, bottom]] = [span(width), span(height)];
  return boxMask(width, height, {left, top, right, bottom});
}

/** Intersection over union. */
export function overlap(a: Mask, b: Mask): number {
  const [one, other] = [binarise(a).data, binarise(b).data];
  let [both, any] = [0, 0];
  one.forEach((value, i) => {
    if (value && other[i]) both++;
    if (value || other[i]) any++;
  });
  return both / any;
}
