import test from 'ava';
import fc from 'fast-check';
import sharp from 'sharp';
import {SynoodError} from '../../ts/binding/errors.js';
import {largestComponent} from '../../ts/data/largest-component.js';
import {
  binarise,
  boundingBox,
  boxMask,
  fullMask,
  invertMask,
  type Mask,
  maskArea,
} from '../../ts/data/mask.js';
import {blurMask, edgeWeights} from '../../ts/data/mask-blur.js';
import {cropRegion} from '../../ts/data/mask-crop.js';
import {dilateMask} from '../../ts/data/mask-dilate.js';
import {readMask} from '../../ts/data/mask-file.js';
import {modelMask} from '../../ts/data/mask-resize.js';
import {otsuThreshold} from '../../ts/data/otsu.js';

/** Drawn with # for what is replaced. */
const drawn = (...rows: string[]): Mask => ({
  data: Uint8Array.from(rows.join(''), (mark) => (mark === '#' ? 255 : 0)),
  width: rows[0]!.length,
  height: rows.length,
});

const picture = ({data, width}: Mask): string[] => {
  const marks = Array.from(data, (value) => (value ? '#' : '.')).join('');
  return marks.match(new RegExp(`.{${width}}`, 'g')) ?? [];
};

const randomMask = fc
  .tuple(fc.integer({min: 1, max: 12}), fc.integer({min: 1, max: 12}))
  .chain(([width, height]) =>
    fc
      .array(fc.boolean(), {minLength: width * height, maxLength: width * height})
      .map((bits): Mask => ({data: Uint8Array.from(bits, (bit) => (bit ? 255 : 0)), width, height})),
  );

const code = (run: () => unknown): string | undefined => {
  try {
    run();
    return undefined;
  } catch (error) {
    return error instanceof SynoodError ? error.code : `not typed: ${String(error)}`;
  }
};

test('bytes and floats count from one half on', (t) => {
  const floats = {data: Float32Array.of(0, 0.49, 0.5, 1), width: 2, height: 2};
  const bytes = {data: Uint8Array.of(0, 127, 128, 255), width: 2, height: 2};
  t.deepEqual(binarise(floats).data, Uint8Array.of(0, 0, 255, 255));
  t.deepEqual(binarise(bytes).data, Uint8Array.of(0, 0, 255, 255));
  t.deepEqual(invertMask(bytes).data, Uint8Array.of(255, 255, 0, 0));
});

test('masks that are none', (t) => {
  t.is(
    code(() => binarise({data: Float32Array.of(0, NaN), width: 2, height: 1})),
    'ERR_VALUE',
  );
  t.is(
    code(() => binarise({data: Float32Array.of(255), width: 1, height: 1})),
    'ERR_VALUE',
  );
  t.is(
    code(() => binarise({data: new Uint8Array(5), width: 2, height: 3})),
    'ERR_SHAPE',
  );
  t.is(
    code(() => fullMask(0, 4)),
    'ERR_SHAPE',
  );
  t.is(
    code(() => boxMask(4, 4, {left: 4, top: 0, right: 6, bottom: 2})),
    'ERR_VALUE',
  );
  t.is(
    code(() => boxMask(4, 4, {left: 0.5, top: 0, right: 2, bottom: 2})),
    'ERR_VALUE',
  );
});

test('a box is cut at the border of the image, and its bounding box is what is left', (t) => {
  const mask = boxMask(5, 3, {left: 3, top: -2, right: 9, bottom: 2});
  t.deepEqual(picture(mask), ['...##', '...##', '.....']);
  t.deepEqual(boundingBox(mask), {left: 3, top: 0, right: 5, bottom: 2});
  t.is(boundingBox(drawn('...', '...')), undefined);
  t.is(maskArea(mask), 4);
});

test('dilation is what a disc around every pixel covers', (t) => {
  fc.assert(
    fc.property(randomMask, fc.double({min: 0, max: 5, noNaN: true}), (mask, radius) => {
      const expected = mask.data.map((_, at) => {
        const [x, y] = [at % mask.width, Math.floor(at / mask.width)];
        const near = mask.data.some((value, other) => {
          const [dx, dy] = [(other % mask.width) - x, Math.floor(other / mask.width) - y];
          return value === 255 && dx * dx + dy * dy <= radius * radius;
        });
        return near ? 255 : 0;
      });
      t.deepEqual(dilateMask(mask, radius).data, expected);
    }),
  );
  t.is(
    code(() => dilateMask(drawn('#'), -1)),
    'ERR_VALUE',
  );
});

test('the blur is the Gaussian sum over the plane, the border going on', (t) => {
  const mask = drawn('..##', '.###', '....');
  const sigma = 0.8;
  const reach = Math.ceil(4 * sigma);
  const {data} = blurMask(mask, sigma);
  data.forEach((value, at) => {
    const [x, y] = [at % 4, Math.floor(at / 4)];
    let [sum, total] = [0, 0];
    for (let dy = -reach; dy <= reach; dy++) {
      for (let dx = -reach; dx <= reach; dx++) {
        const weight = Math.exp(-(dx * dx + dy * dy) / (2 * sigma * sigma));
        const near = Math.min(2, Math.max(0, y + dy)) * 4 + Math.min(3, Math.max(0, x + dx));
        sum += (weight * mask.data[near]!) / 255;
        total += weight;
      }
    }
    t.true(Math.abs(value - sum / total) < 1e-6);
  });
  t.true(blurMask(fullMask(5, 4), 3).data.every((value) => Math.abs(value - 1) < 1e-6));
});

test('the soft edge is 2*blurred - 1, wherever in the picture the mask lies', (t) => {
  fc.assert(
    fc.property(randomMask, fc.double({min: 0.2, max: 4, noNaN: true}), (mask, sigma) => {
      const blurred = blurMask(mask, sigma).data;
      const expected = blurred.map((value, at) => (mask.data[at] === 0 ? 0 : Math.max(0, 2 * value - 1)));
      // Thinner masks are blurred less.
      if (Math.max(...expected) < 0.5) return;
      edgeWeights(mask, sigma).forEach((weight, at) => t.true(Math.abs(weight - expected[at]!) < 1e-5));
    }),
  );
});

test('the soft edge lies inside the mask and never vanishes with it', (t) => {
  fc.assert(
    fc.property(randomMask, fc.double({min: 0, max: 6, noNaN: true}), (mask, sigma) => {
      const weights = edgeWeights(mask, sigma);
      weights.forEach((weight, at) => {
        t.true(weight >= 0 && weight <= 1 + 1e-6);
        if (mask.data[at] === 0) t.is(weight, 0);
      });
      if (maskArea(mask) > 0) t.true(Math.max(...weights) >= 0.5 - 1e-6);
    }),
  );
  t.deepEqual(edgeWeights(drawn('.##.'), 0), Float32Array.of(0, 1, 1, 0));
});

// The rectangles that diffusers' get_crop_region gives: (mask's size, box) x padding x model's size.
const crops: [string, [number, number], number[], number, [number, number], number[]][] = [
  ['square in the middle', [100, 100], [40, 40, 60, 60], 10, [64, 64], [30, 30, 70, 70]],
  ['wide box', [100, 100], [10, 45, 90, 55], 0, [64, 64], [10, 10, 90, 90]],
  ['high box at the left border', [100, 80], [0, 10, 10, 70], 0, [64, 64], [0, 10, 60, 70]],
  ['high box at the right border', [100, 80], [90, 10, 100, 70], 0, [64, 64], [40, 10, 100, 70]],
  ['padding beyond the border', [50, 50], [0, 0, 20, 20], 32, [64, 64], [0, 0, 50, 50]],
  ['proportions of the model', [200, 200], [90, 90, 110, 110], 0, [128, 64], [80, 90, 120, 110]],
  ['an image too small for them', [30, 90], [10, 10, 20, 80], 0, [64, 64], [0, 10, 30, 80]],
];

for (const [what, [width, height], box, padding, [w, h], expected] of crops) {
  test(`crop to the mask: ${what}`, (t) => {
    const [left, top, right, bottom] = box as [number, number, number, number];
    const region = cropRegion(boxMask(width, height, {left, top, right, bottom}), padding, {
      width: w,
      height: h,
    });
    t.deepEqual([region.left, region.top, region.right, region.bottom], expected);
  });
}

test('a crop holds the whole mask and lies within the image', (t) => {
  const size = fc.integer({min: 1, max: 64});
  fc.assert(
    fc.property(randomMask, fc.integer({min: 0, max: 9}), size, size, (mask, padding, width, height) => {
      const box = boundingBox(mask);
      if (!box) {
        t.is(
          code(() => cropRegion(mask, padding, {width, height})),
          'ERR_VALUE',
        );
        return;
      }
      const region = cropRegion(mask, padding, {width, height});
      t.true(region.left >= 0 && region.left <= box.left && region.right >= box.right);
      t.true(region.top >= 0 && region.top <= box.top && region.bottom >= box.bottom);
      t.true(region.right <= mask.width && region.bottom <= mask.height);
    }),
  );
});

test('the largest part that hangs together, without its holes', (t) => {
  const mask = drawn('##..###', '....#.#', '#...###');
  t.deepEqual(picture(largestComponent(mask)), ['....###', '....###', '....###']);
  const weights = mask.data.map((_, at) => (at < 2 ? 100 : 1));
  t.deepEqual(picture(largestComponent(mask, weights)), ['##.....', '.......', '.......']);
  t.is(maskArea(largestComponent(drawn('...'))), 0);
});

test("Otsu's threshold parts two heaps of numbers", (t) => {
  t.is(otsuThreshold([0.1, 0.2, 0.15, 5, 5.2, 4.9]), 4.9);
  t.is(otsuThreshold([3, 3, 3]), 3);
  t.is(otsuThreshold([0, 0, 0, 0, 0, 0, 7]), 7);
});

test('a mask file: white is replaced, colours count by luma, transparency does not count', async (t) => {
  const pixels = Uint8Array.of(255, 255, 255, 0, 0, 0, 0, 0, 255, 0, 255, 0);
  const rgb = await sharp(pixels, {raw: {width: 4, height: 1, channels: 3}})
    .png()
    .toBuffer();
  const mask = await readMask(rgb);
  t.deepEqual([...mask.data], [255, 0, 29, 150]);
  t.is(mask.resample, undefined);
  const clear = sharp(Uint8Array.of(255, 255, 255, 0), {raw: {width: 1, height: 1, channels: 4}});
  t.deepEqual([...(await readMask(await clear.png().toBuffer())).data], [255]);
  await t.throwsAsync(readMask(Buffer.from('no image')), {code: 'ERR_IMAGE'});
});

test('Pillow resizes a palette file to the nearest pixel and a grey one smoothly', async (t) => {
  const grey = Uint8Array.from({length: 9 * 9}, (_, at) => (at % 3 === 1 ? 255 : 0));
  const image = sharp(grey, {raw: {width: 9, height: 9, channels: 1}});
  const palette = await readMask(await image.clone().png({palette: true}).toBuffer());
  t.is(palette.resample, 'nearest');
  t.true(modelMask(palette, 3, 3).data.every((value) => value === 1));
  const smooth = await readMask(await image.clone().png({palette: false}).toBuffer());
  t.is(smooth.resample, undefined);
  t.true(modelMask(smooth, 3, 3).data.every((value) => value === 0));
});
