import {copyFileSync, readdirSync, readFileSync, rmSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import test, {type ExecutionContext} from 'ava';
import {Engine} from '../../ts/models/engine.js';
import {readSafetensors} from '../../ts/models/weights/safetensors.js';
import {temporaryFolder} from '../support/folder.js';
import {tinyModels} from '../support/tiny-models.js';
import {pictures} from '../support/training-data.js';
import {synood} from './synood.js';

interface Encoded {
  paths: string[];
  images: number;
  stored: number;
  inBank: number;
  width: number;
  failed: {path: string; reason: string}[];
  damaged: {path: string; reason: string}[];
}

const BROKEN = 'images/green_thing/1-broken.png';

/** Twelve pictures, and in the middle of them one that is cut off. */
async function folderWithBroken(t: ExecutionContext): Promise<string> {
  const cwd = temporaryFolder(t);
  await pictures(cwd);
  const whole = readFileSync(join(cwd, 'images/green_thing/1.png'));
  writeFileSync(join(cwd, BROKEN), whole.subarray(0, 60));
  return cwd;
}

/** The only segment of a bank with one space. */
function segmentOf(bank: string): string {
  const inside = readdirSync(bank, {recursive: true, encoding: 'utf8'});
  return join(
    bank,
    inside.find((name) => name.endsWith('.safetensors'))!,
  );
}

test('encode: an image once, by its content; a broken one is named and the rest of its batch goes on', async (t) => {
  const cwd = await folderWithBroken(t);
  const {clip: folder} = await tinyModels();
  const own = ['--bank', 'bank', '--clip', folder, '--batch-size', '4', '--threads', '1'];
  const first = await synood(['encode', 'images', ...own, '--output', 'out.safetensors', '--json'], {cwd});
  t.is(first.code, 1, first.stderr);
  const made = JSON.parse(first.stdout) as Encoded;
  t.like(made, {images: 12, stored: 0, inBank: 12});
  t.deepEqual(
    made.failed.map(({path}) => path),
    [BROKEN],
  );
  t.regex(made.failed[0]!.reason, /cut off|damaged/);

  await using engine = await Engine.open({device: 'cpu', threads: 1});
  using clip = await engine.loadClip(folder);
  const paths = made.paths.map((path) => join(cwd, path));
  const expected = await clip.encodeImages(paths, {batchSize: 4});
  const {tensors, metadata} = await readSafetensors(join(cwd, 'out.safetensors'));
  t.deepEqual(tensors['image']!.shape, [12, made.width]);
  t.deepEqual(tensors['image']!.data, expected.data);
  t.deepEqual(JSON.parse(metadata['paths']!), made.paths);

  rmSync(join(cwd, BROKEN));
  copyFileSync(join(cwd, 'images/red_thing/2.png'), join(cwd, 'another name.png'));
  const second = await synood(['encode', 'images', 'another name.png', ...own], {cwd});
  t.is(second.code, 0, second.stderr);
  t.regex(
    second.stdout,
    /^13 images in .*: 0 encoded, 13 read from the bank\nbank: 12 images of this model\n$/,
  );

  // A damaged row is no feature: it is computed again, and told.
  const segment = segmentOf(join(cwd, 'bank'));
  const bytes = readFileSync(segment);
  const row = expected.data.subarray(5 * made.width, 6 * made.width);
  bytes[bytes.indexOf(Buffer.from(row.buffer, row.byteOffset, row.byteLength))]! ^= 1;
  writeFileSync(segment, bytes);
  const again = ['encode', 'images', ...own, '--output', 'again.safetensors', '--quiet'];
  const third = await synood(again, {cwd});
  t.is(third.code, 0, third.stderr);
  t.regex(third.stdout, /: 1 encoded, 11 read from the bank\n/);
  t.regex(third.stdout, /^not used: .*\.safetensors: 1 of its rows are damaged$/m);
  t.deepEqual((await readSafetensors(join(cwd, 'again.safetensors'))).tensors['image']!.data, expected.data);
});

test('encode: what cannot be is said before anything is encoded, and what to do', async (t) => {
  const cwd = await folderWithBroken(t);
  const {clip} = await tinyModels();
  const wrong: [string[], number, RegExp][] = [
    [['encode', 'images'], 2, /Expected --bank/],
    [['encode', 'images', '-b', 'bank', '--batch-size', '0'], 2, /--batch-size .*at least 1, got 0/],
    [['encode', 'images', '-b', 'bank', '--batch-size', 'many'], 2, /--batch-size .*whole number/],
    [
      ['encode', 'images', '-b', 'images', '--clip', clip],
      2,
      /images has files and is no feature bank.*new or an empty/,
    ],
    [
      ['encode', 'images', '-b', 'bank', '--clip', 'images'],
      1,
      /images: expected a CLIP model.*ERR_MODEL_FORMAT/,
    ],
    [['encode', 'none.jpg', '-b', 'bank', '--clip', clip], 1, /^$/],
  ];
  const ended = await Promise.all(wrong.map(([args]) => synood([...args, '--quiet'], {cwd})));
  for (const [at, [args, code, message]] of wrong.entries()) {
    t.is(ended[at]!.code, code, args.join(' '));
    t.regex(ended[at]!.stderr, message, args.join(' '));
  }
  t.regex(ended.at(-1)!.stdout, /^left out: none\.jpg: there is no such file/m);
});
