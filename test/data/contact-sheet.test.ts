import test from 'ava';
import {contactSheet} from '../../ts/data/contact-sheet.js';
import {encodePng} from '../../ts/data/image-output.js';
import sharp from 'sharp';

test('tiles lie from left to right, sixteen a row', async (t) => {
  const tiles = Array.from({length: 18}, (_, number) => ({
    data: Uint8Array.from({length: 3 * 2 * 3}, (_, at) => (number * 13 + at) % 256),
    width: 3,
    height: 2,
  }));
  const sheet = contactSheet(tiles);
  t.deepEqual([sheet.width, sheet.height], [48, 4]);
  const png = await encodePng(sheet);
  for (const [index, {data}] of tiles.entries()) {
    const place = {left: 3 * (index % 16), top: index < 16 ? 0 : 2, width: 3, height: 2};
    t.deepEqual(new Uint8Array(await sharp(png).extract(place).raw().toBuffer()), data);
  }
  const empty = await sharp(png).extract({left: 6, top: 2, width: 42, height: 2}).raw().toBuffer();
  t.true(empty.every((value) => value === 255));
  t.is(contactSheet(tiles.slice(0, 2)).width, 6);
});
