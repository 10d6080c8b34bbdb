import {mkdirSync, readdirSync, readFileSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import test from 'ava';
import type {SynoodError} from '../../ts/binding/errors.js';
import {decodeImage} from '../../ts/data/image.js';
import {temporaryFolder} from '../support/folder.js';
import {goldenTensors, maxDifference, meanDifference} from '../support/golden.js';
import {fixture} from '../support/paths.js';

const file = (name: string): string => fixture('images', name);
const names = readdirSync(fixture('images')).filter((name) => !name.startsWith('golden'));

for (const name of names) {
  test(`${name}: upright RGB, as Pillow reads it`, async (t) => {
    const golden = (await goldenTensors('images'))(name);
    const {data, width, height} = await decodeImage(file(name));
    const found = {data, shape: [height, width, 3]};
    if (name !== 'cmyk.jpg') t.is(maxDifference(found, golden), 0);
    // A CMYK image goes through a colour profile, which Pillow leaves out: the colours are about right, not equal.
    else t.true(meanDifference(found, golden) < 40, String(meanDifference(found, golden)));
  });
}

test('a Buffer is decoded like its file', async (t) => {
  t.deepEqual(await decodeImage(readFileSync(file('photo.jpg'))), await decodeImage(file('photo.jpg')));
});

test('raw pixels of one to four channels become RGB', async (t) => {
  const raw = (channels: 1 | 2 | 3 | 4, ...data: number[]) =>
    decodeImage({data: Uint8Array.from(data), width: 2, height: 1, channels});
  t.deepEqual([...(await raw(1, 7, 9)).data], [7, 7, 7, 9, 9, 9]);
  t.deepEqual([...(await raw(2, 7, 0, 9, 255)).data], [7, 7, 7, 9, 9, 9]);
  t.deepEqual([...(await raw(3, 1, 2, 3, 4, 5, 6)).data], [1, 2, 3, 4, 5, 6]);
  t.deepEqual([...(await raw(4, 1, 2, 3, 0, 4, 5, 6, 255)).data], [1, 2, 3, 4, 5, 6]);
  const error = (await t.throwsAsync(raw(3, 1, 2))) as SynoodError;
  t.is(error.code, 'ERR_IMAGE');
  t.regex(error.message, /expected 2 x 1 x 3 bytes.*got 2/);
});

test('what is not a whole image is an error with the file and the reason', async (t) => {
  const folder = temporaryFolder(t);
  const put = (name: string, content: string | Uint8Array): string => {
    writeFileSync(join(folder, name), content);
    return join(folder, name);
  };
  const jpeg = readFileSync(file('photo.jpg'));
  const png = readFileSync(file('rgb16.png'));
  mkdirSync(join(folder, 'directory.jpg'));
  const cases: [string, RegExp][] = [
    [put('empty.jpg', ''), /empty\.jpg: the file is empty/],
    [put('half.jpg', jpeg.subarray(0, jpeg.length / 2)), /half\.jpg: the file is cut off/],
    [put('end.jpg', jpeg.subarray(0, jpeg.length - 2)), /end\.jpg: the file is cut off/],
    [put('half.png', png.subarray(0, png.length / 2)), /half\.png: the file is cut off/],
    [put('text.jpg', 'not an image\n'), /text\.jpg: not an image of a known format/],
    [
      put('drawing.jpg', '<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"/>'),
      /svg images are not read/,
    ],
    [join(folder, 'directory.jpg'), /directory\.jpg: a directory, not an image file/],
    [join(folder, 'none.jpg'), /none\.jpg: there is no such file/],
  ];
  if (process.platform !== 'win32') cases.push(['/dev/zero', /not a regular file/]);
  for (const [path, message] of cases) {
    const error = (await t.throwsAsync(decodeImage(path))) as SynoodError;
    t.is(error.code, 'ERR_IMAGE', path);
    t.regex(error.message, message);
  }
});

test('an image with more pixels than allowed is refused before it is decoded', async (t) => {
  const error = (await t.throwsAsync(decodeImage(file('photo.jpg'), {maxPixels: 100}))) as SynoodError;
  t.is(error.code, 'ERR_IMAGE');
  t.regex(error.message, /photo\.jpg: .*(more pixels than allowed|more than the 100 allowed)/);
});
