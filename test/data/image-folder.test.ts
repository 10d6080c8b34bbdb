import {mkdirSync, symlinkSync, writeFileSync} from 'node:fs';
import {dirname, join} from 'node:path';
import test from 'ava';
import type {SynoodError} from '../../ts/binding/errors.js';
import {listImageFolder} from '../../ts/data/image-folder.js';
import {temporaryFolder} from '../support/folder.js';

function fill(root: string, ...names: string[]): void {
  for (const name of names) {
    mkdirSync(dirname(join(root, name)), {recursive: true});
    writeFileSync(join(root, name), name);
  }
}

test('classes are the first level, deeper folders belong to it, all sorted', async (t) => {
  const root = temporaryFolder(t);
  fill(root, 'dog/b.JPG', 'dog/a.png', 'dog/deep/er/c.webp', 'cat/1.jpeg', 'Zebra/z.gif');
  const {classes, items, skipped} = await listImageFolder(root);
  t.deepEqual(classes, ['Zebra', 'cat', 'dog']);
  t.deepEqual(
    items.map((item) => item.id),
    ['Zebra/z.gif', 'cat/1.jpeg', 'dog/a.png', 'dog/b.JPG', 'dog/deep/er/c.webp'],
  );
  t.like(items[4], {className: 'dog', path: join(root, 'dog', 'deep', 'er', 'c.webp'), bytes: 18});
  t.deepEqual(skipped, []);
});

test('a flat folder has one class without a name', async (t) => {
  const root = temporaryFolder(t);
  fill(root, 'b.jpg', 'a.jpg');
  const {classes, items} = await listImageFolder(root);
  t.deepEqual(classes, ['']);
  t.deepEqual(
    items.map((item) => [item.id, item.className]),
    [
      ['a.jpg', ''],
      ['b.jpg', ''],
    ],
  );
});

test('what is odd is named with its reason; hidden and companion files are not', async (t) => {
  const root = temporaryFolder(t);
  fill(
    root,
    'a/1.jpg',
    'a/notes.txt',
    'a/.hidden.jpg',
    '.git/x.jpg',
    'a/x.jpg/inner.jpg',
    'README.md',
    'a/metadata.jsonl',
    'a/noending',
  );
  const {items, skipped} = await listImageFolder(root);
  t.deepEqual(
    items.map((item) => item.id),
    ['a/1.jpg'],
  );
  t.deepEqual(skipped, [
    {path: 'a/noending', reason: 'not the name of an image (no ending)'},
    {path: 'a/notes.txt', reason: 'not the name of an image (.txt)'},
    {path: 'a/x.jpg', reason: 'a directory, not an image file'},
  ]);
});

test('links are followed inside the root and not out of it', async (t) => {
  if (process.platform === 'win32') return t.pass();
  const [root, outside] = [temporaryFolder(t), temporaryFolder(t)];
  fill(root, 'a/1.jpg');
  fill(outside, 'secret.jpg');
  symlinkSync(join(root, 'a', '1.jpg'), join(root, 'a', 'again.jpg'));
  symlinkSync(join(outside, 'secret.jpg'), join(root, 'a', 'out.jpg'));
  symlinkSync(outside, join(root, 'b'));
  symlinkSync(root, join(root, 'a', 'loop'));
  symlinkSync(join(root, 'nothing'), join(root, 'a', 'broken.jpg'));
  const {items, skipped} = await listImageFolder(root);
  t.deepEqual(
    items.map((item) => item.id),
    ['a/1.jpg', 'a/again.jpg'],
  );
  t.deepEqual(skipped, [
    {path: 'a/broken.jpg', reason: 'a link to nothing'},
    {path: 'a/loop', reason: 'a link to a folder that is read already'},
    {path: 'a/out.jpg', reason: 'a link that leaves the folder'},
    {path: 'b', reason: 'a link that leaves the folder'},
  ]);
});

test('the root itself may be a link; a root that is not there is ERR_IO', async (t) => {
  const folder = temporaryFolder(t);
  const missing = (await t.throwsAsync(listImageFolder(join(folder, 'none')))) as SynoodError;
  t.is(missing.code, 'ERR_IO');
  fill(folder, 'real/a/1.jpg');
  if (process.platform === 'win32') return;
  symlinkSync(join(folder, 'real'), join(folder, 'link'));
  t.is((await listImageFolder(join(folder, 'link'))).items.length, 1);
});
