import {existsSync} from 'node:fs';
import test from 'ava';
import type {RgbImage} from '../../ts/data/image.js';
import {boxMask, maskArea} from '../../ts/data/mask.js';
import {otsuThreshold} from '../../ts/data/otsu.js';
import {refineByColour} from '../../ts/inpainting/refine-by-colour.js';
import {subjectMap} from '../../ts/inpainting/subject-map.js';
import {subjectMask} from '../../ts/inpainting/subject-mask.js';
import {Engine} from '../../ts/models/engine.js';
import {emojiAsset} from '../../ts/worlds/emoji/assets.js';
import {tinyModels} from '../support/tiny-models.js';
import {centredBox, overlap, subjectScenes} from './subject-scenes.js';
import {picture} from './set-up.js';

const clipFolder = emojiAsset('models', 'clip');
const trained = existsSync(clipFolder) ? test : test.skip;

trained(
  'on Emoji World subject masks lie on the subject, more than a centred box of the same area',
  async (t) => {
    await using engine = await Engine.open({device: 'cpu', threads: 1});
    const clip = await engine.loadClip(clipFolder);
    const scenes = await subjectScenes(24);
    const ious: [number, number][] = [];
    for (const {image, name, truth} of scenes) {
      const mask = await subjectMask(clip, image, name);
      const area = maskArea(mask);
      ious.push([overlap(mask, truth), overlap(centredBox(image, area), truth)]);
    }
    const [ours, box] = [0, 1].map(
      (which) => ious.reduce((sum, pair) => sum + pair[which]!, 0) / ious.length,
    );
    t.log(`mean IoU with the subject's pixels, ${scenes.length} scenes: ${ours!.toFixed(3)}`);
    t.log(`a centred box of the same area: ${box!.toFixed(3)}`);
    t.true(ours! > box! + 0.03);
  },
);

test('a coarse map becomes the shape of the thing that it lies on', (t) => {
  const thing = boxMask(40, 30, {left: 11, top: 7, right: 29, bottom: 23});
  const image: RgbImage = {
    width: 40,
    height: 30,
    data: Uint8Array.from(
      {length: 3600},
      (_, at) => (thing.data[Math.floor(at / 3)] ? [200, 40, 30] : [60, 90, 200])[at % 3]!,
    ),
  };
  const map = Float32Array.from({length: 1200}, (_, at) => {
    const [x, y] = [at % 40, Math.floor(at / 40)];
    return Math.exp(-((x - 22) ** 2 + (y - 13) ** 2) / 150);
  });
  const threshold = otsuThreshold(map);
  const bare = {...thing, data: Uint8Array.from(map, (value) => (value >= threshold ? 255 : 0))};
  const [before, after] = [overlap(bare, thing), overlap(refineByColour(image, map), thing)];
  t.true(after > before + 0.1, `${before} -> ${after}`);
});

test('a map is found at any size of image, and a mask has the size of the image', async (t) => {
  await using engine = await Engine.open({device: 'cpu', threads: 1});
  const clip = await engine.loadClip((await tinyModels()).clip);
  const image = picture(90, 50);
  const options = {positions: 3};
  const map = await subjectMap(clip, image, 'owl', options);
  t.deepEqual([map.width, map.height], [32, 32]);
  t.true(map.data.every(Number.isFinite));
  const mask = await subjectMask(clip, image, 'owl', options);
  t.deepEqual([mask.width, mask.height, mask.data.length], [90, 50, 4500]);
  t.true(maskArea(mask) > 0);
  const grown = await subjectMask(clip, image, 'owl', {...options, dilate: 3});
  mask.data.forEach((value, at) => t.true(grown.data[at]! >= value));
  // A picture's margins don't depend on those encoded beside it, nor then does the map.
  t.deepEqual(await subjectMap(clip, image, 'owl', {...options, batchSize: 32}), map);
});
