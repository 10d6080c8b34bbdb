import test from 'ava';
import fc from 'fast-check';
import {fromBfloat16Bits, fromHalfBits, toHalfBits} from '../../../ts/models/weights/half.js';

test('every half-precision number survives the way to single precision and back', (t) => {
  for (let bits = 0; bits < 0x10000; bits++) {
    const value = fromHalfBits(bits);
    if (Number.isNaN(value)) t.true(Number.isNaN(fromHalfBits(toHalfBits(value))));
    else if (toHalfBits(value) !== bits) t.fail(`${bits} became ${toHalfBits(value)}`);
  }
  t.pass();
});

test('rounding picks the nearest half-precision number, ties to the even one', (t) => {
  fc.assert(
    fc.property(fc.integer({min: 0, max: 0x7bfe}), fc.double({min: 0, max: 1, noNaN: true}), (bits, part) => {
      const [low, high] = [fromHalfBits(bits), fromHalfBits(bits + 1)];
      const value = Math.fround(low + (high - low) * part);
      const middle = (low + high) / 2;
      const expected = value < middle ? bits : value > middle ? bits + 1 : bits + (bits % 2);
      return toHalfBits(value) === expected && toHalfBits(-value) === (expected | 0x8000);
    }),
  );
  t.is(toHalfBits(65519.99), 0x7bff);
  t.is(toHalfBits(65520), 0x7c00);
  t.is(toHalfBits(2 ** -25), 0, 'a tie with zero goes to zero');
  t.is(toHalfBits(2 ** -25 * 1.001), 1);
});

test('bfloat16 is the upper half of single precision', (t) => {
  t.is(fromBfloat16Bits(0x3f80), 1);
  t.is(fromBfloat16Bits(0xc049), -3.140625);
  t.is(fromBfloat16Bits(0x7f80), Infinity);
});
