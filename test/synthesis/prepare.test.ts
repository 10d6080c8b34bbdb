import test from 'ava';
import {resize} from '../../ts/data/resize.js';
import {resizeGently} from '../../ts/synthesis/gentle-resize.js';
import {pixelTransform} from '../../ts/synthesis/pixel-transform.js';
import {sampleSeed} from '../../ts/synthesis/sample-seed.js';
import {Slots} from '../../ts/synthesis/slots.js';

const noise = (width: number, height: number) => ({
  data: Uint8Array.from({length: width * height * 3}, (_, at) => (at * 2654435761) >>> 24),
  width,
  height,
});

test('a gentle resize has the bytes of the other one', async (t) => {
  for (const [width, height, to] of [
    [700, 500, 64],
    [33, 900, 48],
    [20, 20, 96],
    [64, 64, 64],
  ] as const) {
    const image = noise(width, height);
    for (const filter of ['lanczos', 'bicubic'] as const) {
      t.deepEqual((await resizeGently(image, to, to, filter)).data, resize(image, to, to, filter).data);
    }
  }
});

test("a sample's seed depends on the run's seed and its id alone", (t) => {
  t.is(sampleSeed(0, 'a'), sampleSeed(0n, 'a'));
  const seeds = new Set([sampleSeed(0, 'a'), sampleSeed(1, 'a'), sampleSeed(0, 'b'), sampleSeed(0, '0\0a')]);
  t.is(seeds.size, 4);
  for (const seed of seeds) t.true(seed >= 0n && seed < 2n ** 64n);
});

test("a classifier's preprocessing becomes what guidance differentiates through", (t) => {
  const common = {filter: 'bilinear', scale: 1 / 255, mean: [0, 0, 0], std: [1, 1, 1]} as const;
  const base = {...common, mean: [...common.mean], std: [...common.std]};
  const published = {...base, resize: {shortestEdge: 232}, crop: {width: 224, height: 224}};
  t.like(pixelTransform(published, 512), {resize: 232, crop: 224, interpolation: 'bilinear'});
  t.like(pixelTransform({...base, resize: {width: 64, height: 64}}, 64), {resize: 0, crop: 0});
  for (const wrong of [
    {...base, filter: 'lanczos' as const},
    {...base, crop: {width: 10, height: 12}},
    {...base, resize: {width: 10, height: 12}},
    {...base, scale: 1},
  ]) {
    t.like(
      t.throws(() => pixelTransform(wrong, 64)),
      {code: 'ERR_CONFIG'},
    );
  }
});

test('a place that is left is free, and a new sample begins with no iterations', (t) => {
  const slots = new Slots<string>(2);
  slots.put(0, 'a');
  slots.put(1, 'b');
  const report = (score: number) => ({score, gradientNorm: 2 * score, stepSize: 0.1, seconds: 1});
  slots.reported(1, report(0.5));
  t.deepEqual(slots.reported(1, report(0.25)), {
    entry: 'b',
    iterations: [report(0.5), report(0.25)],
  });
  slots.clear(1);
  t.deepEqual([slots.free(), slots.active], [[1], 1]);
  slots.put(1, 'c');
  t.deepEqual(slots.reported(1, report(1)).iterations, [report(1)]);
});
