import test from 'ava';
import {noAugmentation, drawLook, strongAugmentation} from '../../../ts/worlds/emoji/augmentation.js';
import {composeScene} from '../../../ts/worlds/emoji/composer.js';
import {concepts, heldOutArtist, trainingArtists} from '../../../ts/worlds/emoji/concepts.js';
import {Drawings} from '../../../ts/worlds/emoji/drawings.js';
import {Random} from '../../../ts/worlds/emoji/random.js';
import {sceneStream, type SceneStreamOptions} from '../../../ts/worlds/emoji/scenes.js';

const drawings = await Drawings.load();
const all = concepts.map((_, index) => index);
const options: SceneStreamOptions = {
  seed: 7,
  count: 60,
  drawings,
  kind: {subject: 2, remain: 1, empty: 1},
  concepts: all,
  augmentation: strongAugmentation,
};
const sceneBytes = 3 * 64 * 64;

test('every artist that a concept claims has painted something that is not just a speck', (t) => {
  for (const [index, {name, artists}] of concepts.entries()) {
    t.true(artists.includes(heldOutArtist), name);
    t.true(trainingArtists.filter((artist) => artists.includes(artist)).length >= 3, name);
    for (const artist of artists) {
      const {rgba} = drawings.get(index, artist).levels[0];
      let painted = 0;
      for (let at = 3; at < rgba.length; at += 4) if (rgba[at]! > 128) painted++;
      t.true(painted > 48 * 48 * 0.08, `${name} by ${artist}: ${painted} pixels`);
    }
  }
});

test('a drawing that nobody made is an error that names who did', (t) => {
  const index = concepts.findIndex(({artists}) => !artists.includes('fxemoji'));
  t.throws(() => drawings.get(index, 'fxemoji'), {code: 'ERR_VALUE', message: /twemoji, noto, fluent/});
});

test('scene number n is the same whatever the batch size, the start and the order', (t) => {
  const whole = [...sceneStream({...options, batchSize: 60})][0]!;
  const parts = [...sceneStream({...options, batchSize: 7})];
  t.deepEqual(Buffer.concat(parts.map(({pixels}) => pixels)), Buffer.from(whole.pixels.buffer));
  t.deepEqual(
    parts.flatMap(({captions}) => captions),
    whole.captions,
  );
  const later = [...sceneStream({...options, start: 40, count: 20})][0]!;
  t.deepEqual(later.pixels, whole.pixels.slice(40 * sceneBytes));
  const other = [...sceneStream({...options, seed: 8})][0]!;
  t.notDeepEqual(other.pixels.slice(0, sceneBytes), whole.pixels.slice(0, sceneBytes));
});

test('subjects are chosen evenly, and never from outside the list', (t) => {
  const few = all.slice(10, 15);
  const counts = new Map<number, number>();
  for (const batch of sceneStream({...options, kind: 'subject', concepts: few, contexts: all, count: 1000})) {
    for (const subject of batch.subjects) counts.set(subject, (counts.get(subject) ?? 0) + 1);
  }
  t.deepEqual(
    [...counts.keys()].sort((a, b) => a - b),
    few,
  );
  for (const count of counts.values()) t.true(Math.abs(count - 200) < 60);
});

test('a subject stands near the middle, in its box; an empty scene has none', (t) => {
  const [subjects] = sceneStream({...options, kind: 'subject', augmentation: noAugmentation});
  for (const box of subjects!.boxes) {
    t.truthy(box);
    const {left, top, right, bottom} = box!;
    t.true(left >= 0 && top >= 0 && right <= 64 && bottom <= 64);
    t.true(Math.max(right - left, bottom - top) >= 20);
    t.true(Math.abs((left + right) / 2 - 32) < 12 && Math.abs((top + bottom) / 2 - 32) < 12);
  }
  const [empty] = sceneStream({...options, kind: 'empty'});
  t.true(empty!.boxes.every((box) => box === undefined));
  t.true(empty!.subjects.every((subject) => subject === -1));
});

test('outside the subject box a scene without contexts is its background', (t) => {
  const placement = {concept: 0, artist: 'noto'} as const;
  const shown = composeScene(Random.of(1), drawings, {subjects: [placement], contexts: []});
  const bare = composeScene(Random.of(1), drawings, {subjects: [], contexts: []});
  const {left, top, right, bottom} = shown.subjectBox!;
  let inside = 0;
  let outside = 0;
  for (let y = 0; y < 64; y++) {
    for (let x = 0; x < 64; x++) {
      const at = (y * 64 + x) * 3;
      const changed = shown.pixels[at] !== bare.pixels[at];
      // The box holds pixels that are mostly drawing: its soft rim may reach two pixels beyond.
      const within = x >= left - 2 && x < right + 2 && y >= top - 2 && y < bottom + 2;
      if (changed && within) inside++;
      if (changed && !within) outside++;
    }
  }
  t.is(outside, 0);
  t.true(inside > 100);
});

test('without augmentation a drawing keeps its colours; hue rotation leaves greys grey', (t) => {
  const plain = drawLook(Random.of(1), noAugmentation);
  const identity = [1, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0];
  identity.forEach((value, index) => t.true(Math.abs(plain.colour[index]! - value) < 1e-6));
  const strong = drawLook(Random.of(2), {...noAugmentation, hue: 90, saturation: 0.5});
  for (let row = 0; row < 3; row++) {
    const sum = strong.colour[row * 3]! + strong.colour[row * 3 + 1]! + strong.colour[row * 3 + 2]!;
    t.true(Math.abs(sum - 1) < 1e-5);
  }
});
