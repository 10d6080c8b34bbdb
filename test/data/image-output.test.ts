import {existsSync, readFileSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import test from 'ava';
import type {SynoodError} from '../../ts/binding/errors.js';
import {ImageFolderWriter, readImageMetadata} from '../../ts/data/image-folder-writer.js';
import {listImageFolder} from '../../ts/data/image-folder.js';
import {saveImage} from '../../ts/data/image-output.js';
import {decodeImage} from '../../ts/data/image.js';
import {temporaryFolder} from '../support/folder.js';

const image = (seed: number) => ({
  data: Float32Array.from({length: 3 * 4 * 5}, (_, i) => ((i * 37 + seed * 11) % 97) / 96),
  shape: [3, 4, 5],
});

test('a saved image is read back within half a step, clamped, in the same bytes each time', async (t) => {
  const folder = temporaryFolder(t);
  const source = image(1);
  source.data[0] = -3;
  source.data[1] = 7;
  await saveImage(join(folder, 'a.png'), source);
  await saveImage(join(folder, 'b.png'), {data: source.data, shape: [1, 3, 4, 5]});
  t.deepEqual(readFileSync(join(folder, 'a.png')), readFileSync(join(folder, 'b.png')));
  const {data, width, height} = await decodeImage(join(folder, 'a.png'));
  t.deepEqual([width, height], [5, 4]);
  for (let channel = 0; channel < 3; channel++) {
    for (let i = 0; i < 20; i++) {
      const expected = Math.min(1, Math.max(0, source.data[channel * 20 + i]!)) * 255;
      t.true(Math.abs(data[i * 3 + channel]! - expected) <= 0.5 + 1e-4);
    }
  }
});

test('what is no image is refused', async (t) => {
  const path = join(temporaryFolder(t), 'x.png');
  const nan = {data: new Float32Array(12).fill(NaN), shape: [3, 2, 2]};
  t.is(((await t.throwsAsync(saveImage(path, nan))) as SynoodError).code, 'ERR_VALUE');
  const grey = {data: new Float32Array(4), shape: [1, 2, 2]};
  t.is(((await t.throwsAsync(saveImage(path, grey))) as SynoodError).code, 'ERR_SHAPE');
  t.false(existsSync(path));
});

test('an interrupted image folder ends with the same bytes as an uninterrupted one', async (t) => {
  const names = ['dog/2.png', 'cat/1.png', 'dog/1.png'];
  const [straight, interrupted] = [temporaryFolder(t), temporaryFolder(t)];
  const writer = await ImageFolderWriter.open(straight);
  for (const [index, name] of names.entries())
    await writer.add(name, image(index), {score: index / 3, seed: String(index)});
  await writer.finish();

  const first = await ImageFolderWriter.open(interrupted);
  await first.add(names[2]!, image(2), {score: 2 / 3, seed: '2'});
  await first.add(names[0]!, image(0), {score: 0, seed: '0'});
  await first.close();
  t.deepEqual(await readImageMetadata(interrupted), []);
  const progress = join(interrupted, '.metadata.partial.jsonl');
  writeFileSync(progress, readFileSync(progress, 'utf8').slice(0, -5));
  const second = await ImageFolderWriter.open(interrupted);
  t.true(second.has(names[2]!));
  t.false(second.has(names[0]!), 'its row was cut off');
  await second.add(names[0]!, image(0), {score: 0, seed: '0'});
  await second.add(names[1]!, image(1), {score: 1 / 3, seed: '1'});
  await second.finish();

  for (const name of ['metadata.jsonl', ...names]) {
    t.deepEqual(readFileSync(join(interrupted, name)), readFileSync(join(straight, name)), name);
  }
  t.false(existsSync(progress));
  t.deepEqual(
    (await readImageMetadata(straight)).map((row) => row.file_name),
    ['cat/1.png', 'dog/1.png', 'dog/2.png'],
  );
  t.like(await listImageFolder(straight), {classes: ['cat', 'dog'], skipped: []});
});

test('a finished folder can be opened again and keeps its rows', async (t) => {
  const root = temporaryFolder(t);
  const first = await ImageFolderWriter.open(root);
  await first.add('a/1.png', image(1), {});
  await first.finish();
  const second = await ImageFolderWriter.open(root);
  t.true(second.has('a/1.png'));
  await second.add('a/2.png', image(2), {});
  await second.finish();
  t.is((await readImageMetadata(root)).length, 2);
});

for (const name of ['../x.png', '/x.png', 'a//x.png', 'a/../../x.png', '.x.png', 'a\\x.png', 'C:x.png', '']) {
  test(`the file name ${JSON.stringify(name)} is refused`, async (t) => {
    const writer = await ImageFolderWriter.open(temporaryFolder(t));
    const error = (await t.throwsAsync(writer.add(name, image(1), {}))) as SynoodError;
    t.is(error.code, 'ERR_VALUE');
    await writer.close();
  });
}
