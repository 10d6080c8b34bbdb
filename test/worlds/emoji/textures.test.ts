import test from 'ava';
import {Random} from '../../../ts/worlds/emoji/random.js';
import {paintTexture, testPatterns, validationPatterns} from '../../../ts/worlds/emoji/textures.js';

test('no pattern is in both splits', (t) => {
  for (const name of Object.keys(testPatterns)) t.false(name in validationPatterns, name);
});

for (const [name, pattern] of Object.entries({...testPatterns, ...validationPatterns})) {
  test(`${name} has both colours, and other chance paints others`, (t) => {
    const points = Array.from({length: 4000}, (_, i) =>
      pattern((i % 61) / 7 - 3, Math.floor(i / 61) / 9 - 3),
    );
    t.true(points.every((share) => share >= 0 && share <= 1));
    t.true(Math.min(...points) < 0.25 && Math.max(...points) > 0.75);
    const picture = paintTexture(Random.of(1, name), pattern);
    t.is(picture.length, 64 * 64 * 3);
    t.deepEqual(paintTexture(Random.of(1, name), pattern), picture);
    t.notDeepEqual(paintTexture(Random.of(2, name), pattern), picture);
  });
}
