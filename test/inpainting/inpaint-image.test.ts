import test from 'ava';
import type {RgbImage} from '../../ts/data/image.js';
import {boxMask, fullMask, invertMask, type Mask} from '../../ts/data/mask.js';
import {readMask} from '../../ts/data/mask-file.js';
import {maskImage} from '../../ts/data/mask-resize.js';
import {encodePng} from '../../ts/data/image-output.js';
import {inpaintImage, inpaintImages} from '../../ts/inpainting/inpaint-image.js';
import type {InpaintItem, InpaintSettings} from '../../ts/inpainting/options.js';
import {subjectMask} from '../../ts/inpainting/subject-mask.js';
import {openInpainter, picture} from './set-up.js';

const shared = openInpainter();
test.after.always(async () => (await shared).engine.dispose());

const quick: InpaintSettings = {steps: 3, guidanceScale: 3};
const [WIDTH, HEIGHT] = [50, 41];
const photo = picture(WIDTH, HEIGHT);
const box = boxMask(WIDTH, HEIGHT, {left: 20, top: 12, right: 38, bottom: 30});

function changes(a: RgbImage, b: RgbImage): number[] {
  const places = new Set<number>();
  a.data.forEach((value, at) => value !== b.data[at] && places.add(Math.floor(at / 3)));
  return [...places];
}

const masks: [string, () => Promise<Mask> | Mask][] = [
  ['box', () => box],
  ['full', () => fullMask(WIDTH, HEIGHT)],
  ['file', async () => readMask(await encodePng(maskImage(box)))],
  ['all but a box', () => invertMask(box)],
  [
    'subject',
    async () => {
      const {engine, models} = await shared;
      using clip = await engine.loadClip(models.clip);
      return await subjectMask(clip, photo, 'owl', {positions: 4});
    },
  ],
  ['floats', () => ({...box, data: Float32Array.from(box.data, (value) => value / 255)})],
];

for (const [kind, make] of masks) {
  test(`unmasked pixels keep their bytes: ${kind}`, async (t) => {
    const {inpainter} = await shared;
    const mask = await make();
    for (const extra of [{}, {crop: true}, {crop: 2, dilate: 3, blur: 2}]) {
      const result = await inpaintImage(inpainter, {
        image: photo,
        mask,
        prompt: 'a photo of a tree',
        ...quick,
        ...extra,
      });
      t.deepEqual([result.image.width, result.image.height], [WIDTH, HEIGHT]);
      const places = changes(photo, result.image);
      t.true(places.length > 20);
      t.true(places.every((place) => result.mask.data[place] === 255));
      if (!('dilate' in extra)) {
        const half = mask.data instanceof Uint8Array ? 128 : 0.5;
        t.true(places.every((place) => mask.data[place]! >= half));
      }
      t.deepEqual([result.raw.width, result.raw.height], [32, 32]);
    }
  });
}

test('without paste-back the whole region is the new picture', async (t) => {
  const {inpainter} = await shared;
  const options = {image: photo, mask: box, prompt: 'a tree', ...quick, crop: 4, pasteBack: false};
  const {image, region} = await inpaintImage(inpainter, options);
  t.true(region.right - region.left < WIDTH);
  const places = changes(photo, image);
  t.true(places.some((place) => box.data[place] === 0));
  for (const place of places) {
    const [x, y] = [place % WIDTH, Math.floor(place / WIDTH)];
    t.true(x >= region.left && x < region.right && y >= region.top && y < region.bottom);
  }
});

test('the masked picture is grey where it was replaced, and as it was elsewhere', async (t) => {
  const {inpainter} = await shared;
  const {masked} = await inpaintImage(inpainter, {image: photo, mask: box, prompt: 'a tree', ...quick});
  masked.data.forEach((value, at) => {
    t.is(value, box.data[Math.floor(at / 3)] === 255 ? 128 : photo.data[at]!);
  });
});

const items = (count: number): InpaintItem[] =>
  Array.from({length: count}, (_, n) => ({
    image: picture(WIDTH + n, HEIGHT, 5 * n),
    mask: boxMask(WIDTH + n, HEIGHT, {left: 5 * n, top: 8, right: 5 * n + 20, bottom: 30}),
    prompt: n % 2 === 0 ? 'a photo of a tree' : 'the nice cactus',
    negativePrompt: n === 1 ? 'a bank' : undefined,
    seed: 100n + BigInt(n),
  }));

test('an image has the same bytes whatever its neighbours, their number and its place', async (t) => {
  const {inpainter} = await shared;
  const settings = {...quick, batchSize: 3};
  const [a, b, c] = items(3) as [InpaintItem, InpaintItem, InpaintItem];
  const together = await inpaintImages(inpainter, [a, b, c], settings);
  const turned = await inpaintImages(inpainter, [c, a, c, b], settings);
  const alone = await Promise.all(
    [a, b, c].map(async (item) => (await inpaintImages(inpainter, [item], settings))[0]!),
  );
  together.forEach((one, n) => t.deepEqual(alone[n]!.raw.data, one.raw.data));
  t.deepEqual(
    turned.map(({raw}) => raw.data),
    [together[2], together[0], together[2], together[1]].map((one) => one!.raw.data),
  );
});

test.serial('at another batch size images agree within 1/255, and what padding costs', async (t) => {
  const {inpainter} = await shared;
  const two = items(2);
  const timed = async (settings: InpaintSettings) => {
    const run = () => inpaintImages(inpainter, two, {...quick, steps: 4, ...settings});
    const made = await run();
    let took = Infinity;
    for (let again = 0; again < 3; again++) {
      const start = performance.now();
      await run();
      took = Math.min(took, performance.now() - start);
    }
    return {made, took};
  };
  const padded = await timed({batchSize: 4});
  const unpadded = await timed({batchSize: 4, deterministic: false});
  const single = await timed({batchSize: 1});
  for (const {made} of [unpadded, single]) {
    made.forEach(({raw}, n) => {
      const other = padded.made[n]!.raw.data;
      t.true(raw.data.every((value, at) => Math.abs(value - other[at]!) <= 1));
    });
  }
  const ratio = (padded.took / unpadded.took).toFixed(2);
  t.log(
    `2 images in a batch of 4: padded ${padded.took.toFixed(0)} ms, unpadded ${unpadded.took.toFixed(0)} ms,`,
  );
  t.log(`ratio ${ratio}; one after the other ${single.took.toFixed(0)} ms`);
});

test('one seed is one picture, another seed another; the default goes up by one an image', async (t) => {
  const {inpainter} = await shared;
  const one = {image: photo, mask: box, prompt: 'a tree'};
  const [first, second] = await inpaintImages(inpainter, [one, one], {...quick, seed: 8});
  t.deepEqual([first!.seed, second!.seed], [8n, 9n]);
  t.notDeepEqual(first!.raw.data, second!.raw.data);
  const again = await inpaintImage(inpainter, {...one, ...quick, seed: 9});
  t.deepEqual(again.raw.data, second!.raw.data);
});

test('a small strength stays nearer to the image than a large one', async (t) => {
  const {inpainter} = await shared;
  const base = {image: photo, mask: fullMask(WIDTH, HEIGHT), prompt: 'a tree', steps: 10, guidanceScale: 1};
  const timesteps: number[][] = [];
  for (const strength of [0.3, 1]) {
    const seen: number[] = [];
    await inpaintImage(inpainter, {...base, strength, onStep: ({timestep}) => seen.push(timestep)});
    timesteps.push(seen);
  }
  t.deepEqual(
    timesteps.map(({length}) => length),
    [3, 10],
  );
  t.deepEqual(timesteps[0], timesteps[1]!.slice(7));
});

test('every step tells latents and a preview of the images alone, not of the padding', async (t) => {
  const {inpainter} = await shared;
  const channels = inpainter.vae.config.latentChannels;
  const steps: number[][] = [];
  const previews: number[][] = [];
  const done: number[] = [];
  await inpaintImages(inpainter, items(3), {
    ...quick,
    batchSize: 2,
    onStep: ({items: places, latents, index, total}) => {
      t.deepEqual(latents.shape, [places.length, channels, 8, 8]);
      t.is(latents.data.length, places.length * channels * 8 * 8);
      t.is(total, 3);
      steps.push([...places, index]);
    },
    onPreview: ({items: places, images}) => {
      t.deepEqual(
        images.map(({width, height}) => [width, height]),
        places.map(() => [8, 8]),
      );
      previews.push(places);
    },
    onProgress: (progress) => done.push(progress.done),
  });
  t.deepEqual(steps, [
    [0, 1, 0],
    [0, 1, 1],
    [0, 1, 2],
    [2, 0],
    [2, 1],
    [2, 2],
  ]);
  t.is(previews.length, 6);
  t.deepEqual(done, [1, 2, 3]);
});

test('a preview by a decoder is what this decoder makes of the latents: at the last step, the picture', async (t) => {
  const {inpainter} = await shared;
  const previews: RgbImage[] = [];
  const {raw} = await inpaintImage(inpainter, {
    image: photo,
    mask: box,
    prompt: 'a tree',
    ...quick,
    preview: inpainter.vae,
    onPreview: ({images}) => previews.push(...images),
  });
  t.is(previews.length, 3);
  const last = previews.at(-1)!;
  t.deepEqual([last.width, last.height], [32, 32]);
  t.true(raw.data.every((value, at) => Math.abs(value - last.data[at]!) <= 1));
});

test('a prompt that is too long is cut, and told', async (t) => {
  const {inpainter} = await shared;
  const {maxLength} = inpainter.textEncoder.tokenizer;
  const fits = 'tree '.repeat(maxLength - 2).trim();
  const base = {image: photo, mask: box, negativePrompt: 'a bank', ...quick};
  const short = await inpaintImage(inpainter, {...base, prompt: fits});
  const long = await inpaintImage(inpainter, {...base, prompt: `${fits} tree cactus`});
  t.deepEqual(short.warnings, []);
  t.is(long.warnings.length, 1);
  t.regex(long.warnings[0]!, new RegExp(`^The prompt has ${maxLength + 2} tokens.* ${maxLength}.* 2 `));
  t.deepEqual(long.raw.data, short.raw.data);
});

test('an aborted call ends with ERR_ABORTED', async (t) => {
  const {inpainter} = await shared;
  const controller = new AbortController();
  const call = inpaintImage(inpainter, {
    image: photo,
    mask: box,
    prompt: 'a tree',
    steps: 50,
    signal: controller.signal,
    onStep: () => controller.abort(),
  });
  await t.throwsAsync(call, {code: 'ERR_ABORTED'});
});
