import {drawLook, noAugmentation, type Augmentation} from './augmentation.js';
import {paintBackground, sceneSize, type BackgroundColour} from './background.js';
import type {Artist} from './concepts.js';
import type {Drawings} from './drawings.js';
import type {Random} from './random.js';
import {stampDrawing, type Box, type Stamp} from './stamp.js';

export interface Placement {
  concept: number;
  artist: Artist;
}

/** What a scene shows: usually one subject; none is an empty scene; two share the middle. */
export interface SceneSpec {
  subjects: Placement[];
  /** small things anywhere, behind the subject */
  contexts: Placement[];
  augmentation?: Augmentation;
}

export interface Scene {
  /** (64, 64, 3), interleaved RGB */
  pixels: Uint8Array;
  /** around all subjects; absent without a subject */
  subjectBox: Box | undefined;
  /** the background's colour, where it has one name */
  background: BackgroundColour | undefined;
}

const middle = sceneSize / 2;
const radians = (degrees: number): number => (degrees * Math.PI) / 180;

function turn(random: Random, augmentation: Augmentation): Pick<Stamp, 'angle' | 'mirror'> {
  const angle = radians(random.range(-1, 1) * (20 + augmentation.rotation));
  return {angle, mirror: random.chance(0.5)};
}

function resize(random: Random, augmentation: Augmentation): number {
  return random.range(1 - augmentation.scale, 1 + augmentation.scale / 3);
}

/** Beside the subject where there is one, or most contexts would lie hidden behind it. */
function contextStamp(random: Random, augmentation: Augmentation, avoidMiddle: boolean): Stamp {
  const size = random.range(15, 22);
  let [x, y] = [middle, middle];
  for (let attempt = 0; attempt < 5; attempt++) {
    x = random.range(8, sceneSize - 8);
    y = random.range(8, sceneSize - 8);
    if (!avoidMiddle || Math.hypot(x - middle, y - middle) >= 24) break;
  }
  return {x, y, size, ...turn(random, augmentation)};
}

function subjectStamps(random: Random, augmentation: Augmentation, count: number): Stamp[] {
  const [smallest, largest] = count === 1 ? [32, 46] : [26, 34];
  const spread = count === 1 ? 0 : random.range(12, 16);
  const direction = random.range(0, 2 * Math.PI);
  return Array.from({length: count}, (_, index) => {
    const around = direction + (2 * Math.PI * index) / count;
    const jitter = 4 + augmentation.shift;
    return {
      x: middle + spread * Math.cos(around) + random.range(-jitter, jitter),
      y: middle + spread * Math.sin(around) + random.range(-jitter, jitter),
      size: random.range(smallest, largest) * resize(random, augmentation),
      ...turn(random, augmentation),
    };
  });
}

function union(boxes: (Box | undefined)[]): Box | undefined {
  return boxes.reduce((all, box) => {
    if (!all || !box) return all ?? box;
    return {
      left: Math.min(all.left, box.left),
      top: Math.min(all.top, box.top),
      right: Math.max(all.right, box.right),
      bottom: Math.max(all.bottom, box.bottom),
    };
  }, undefined);
}

/**
 * Composes a 64x64 scene: a background, contexts of 15-22 pixels, and the subject of 32-46 pixels near the middle,
 * turned by up to 20 degrees, mirrored half the time; the whole 12 % lighter or darker.
 *
 * All chance comes from `random`, so a scene depends on its key and its specification alone.
 */
export function composeScene(random: Random, drawings: Drawings, spec: SceneSpec): Scene {
  const augmentation = spec.augmentation ?? noAugmentation;
  const canvas = new Float32Array(sceneSize * sceneSize * 3);
  const background = paintBackground(random, canvas);
  const brightness = random.range(0.88, 1.12);
  for (const {concept, artist} of spec.contexts) {
    const stamp = contextStamp(random, augmentation, spec.subjects.length > 0);
    stampDrawing(canvas, drawings.get(concept, artist), stamp, drawLook(random, augmentation));
  }
  const stamps = subjectStamps(random, augmentation, spec.subjects.length);
  const boxes = spec.subjects.map(({concept, artist}, index) =>
    stampDrawing(canvas, drawings.get(concept, artist), stamps[index]!, drawLook(random, augmentation)),
  );
  const pixels = new Uint8Array(canvas.length);
  for (let at = 0; at < canvas.length; at++) {
    pixels[at] = Math.min(255, Math.max(0, Math.round(canvas[at]! * brightness)));
  }
  return {pixels, subjectBox: union(boxes), background};
}
