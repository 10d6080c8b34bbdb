import test from 'ava';
import fc from 'fast-check';
import type {RgbImage} from '../../ts/data/image.js';
import {boxMask, fullMask, invertMask} from '../../ts/data/mask.js';
import {pasteBack, placeRegion} from '../../ts/data/paste-back.js';

const flat = (width: number, height: number, value: number): RgbImage => ({
  data: new Uint8Array(width * height * 3).fill(value),
  width,
  height,
});

const noise = (width: number, height: number): RgbImage => ({
  data: Uint8Array.from({length: width * height * 3}, (_, at) => (at * 97 + (at >> 3) * 31) % 256),
  width,
  height,
});

test('pixels outside the mask keep their bytes, inside it the new ones show', (t) => {
  const side = fc.integer({min: 0, max: 15});
  fc.assert(
    fc.property(side, side, fc.double({min: 0, max: 5, noNaN: true}), (left, top, blur) => {
      const image = noise(16, 16);
      const mask = boxMask(16, 16, {left, top, right: left + 6, bottom: top + 4});
      const fresh = flat(16, 16, 200);
      const whole = {left: 0, top: 0, right: 16, bottom: 16};
      const {data} = pasteBack(image, whole, fresh, mask, blur);
      data.forEach((value, at) => {
        const old = image.data[at]!;
        if (mask.data[Math.floor(at / 3)] === 0) t.is(value, old);
        else t.true(value >= Math.min(old, 200) && value <= Math.max(old, 200));
      });
    }),
  );
});

test('a full mask gives the new picture, whatever the blur', (t) => {
  const whole = {left: 0, top: 0, right: 9, bottom: 7};
  t.deepEqual(pasteBack(noise(9, 7), whole, flat(9, 7, 3), fullMask(9, 7), 4).data, flat(9, 7, 3).data);
});

// The steepest step of 2*Phi(x / 4) is 2*255 / (4*sqrt(2*pi)) = 51.
test('the edge rises from the old picture to the new one without a step', (t) => {
  const region = {left: 0, top: 0, right: 64, bottom: 3};
  const mask = boxMask(64, 3, {left: 20, top: 0, right: 64, bottom: 3});
  const {data} = pasteBack(flat(64, 3, 0), region, flat(64, 3, 255), mask, 4);
  const row = Array.from({length: 64}, (_, x) => data[(64 + x) * 3]!);
  t.true(row.slice(0, 20).every((value) => value === 0));
  row.slice(1).forEach((value, x) => t.true(value >= row[x]! && value - row[x]! <= 52));
  t.is(row.at(-1), 255);
});

test('what lies outside the region stays, masked or not', (t) => {
  const image = noise(8, 8);
  const region = {left: 2, top: 3, right: 6, bottom: 6};
  const {data} = pasteBack(image, region, flat(4, 3, 9), fullMask(8, 8), 0);
  const placed = placeRegion(image, region, flat(4, 3, 9)).data;
  t.deepEqual(data, placed);
  data.forEach((value, at) => {
    const [x, y] = [Math.floor(at / 3) % 8, Math.floor(at / 24)];
    const inside = x >= 2 && x < 6 && y >= 3 && y < 6;
    t.is(value, inside ? 9 : image.data[at]!);
  });
});

test('sizes that do not fit are errors', (t) => {
  const whole = {left: 0, top: 0, right: 4, bottom: 4};
  t.throws(() => pasteBack(noise(4, 4), whole, flat(3, 4, 0), fullMask(4, 4), 0), {
    message: /4 x 4.*3 x 4/,
  });
  t.throws(() => pasteBack(noise(4, 4), whole, flat(4, 4, 0), invertMask(fullMask(5, 4)), 0), {
    message: /mask of 4 x 4/,
  });
});
