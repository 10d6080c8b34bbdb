import {existsSync, readFileSync} from 'node:fs';
import {join} from 'node:path';
import test from 'ava';
import sharp from 'sharp';
import {decodeImage} from '../../ts/data/image.js';
import {saveImage} from '../../ts/data/image-output.js';
import {boxMask} from '../../ts/data/mask.js';
import {maskImage} from '../../ts/data/mask-resize.js';
import {picture} from '../inpainting/set-up.js';
import {temporaryFolder} from '../support/folder.js';
import {tinyModels} from '../support/tiny-models.js';
import {synood} from './synood.js';

const [WIDTH, HEIGHT] = [48, 40];
const box = boxMask(WIDTH, HEIGHT, {left: 10, top: 8, right: 34, bottom: 30});

async function folder(t: Parameters<typeof temporaryFolder>[0]) {
  const cwd = temporaryFolder(t);
  const photo = picture(WIDTH, HEIGHT);
  await saveImage(join(cwd, 'photo.png'), photo);
  await saveImage(join(cwd, 'mask.png'), maskImage(box));
  const {inpainter, clip} = await tinyModels();
  const inpaint = (...args: string[]) =>
    synood(['inpaint', 'photo.png', '--model', inpainter, '--steps', '2', ...args], {cwd});
  return {cwd, photo, clip, inpaint};
}

test.serial('a box: one PNG and one JSON document, unmasked pixels as they were, and a strip', async (t) => {
  const {cwd, photo, inpaint} = await folder(t);
  const args = ['-p', 'a tree', '-o', 'out.png', '--seed', '5', '--strip', '--json'];
  const {code, stdout, stderr} = await inpaint('--mask', '10,8,24,22', ...args);
  t.is(code, 0, stderr);
  const made = await decodeImage(join(cwd, 'out.png'));
  t.deepEqual([made.width, made.height], [WIDTH, HEIGHT]);
  const changed = new Set<number>();
  made.data.forEach((value, at) => value !== photo.data[at] && changed.add(Math.floor(at / 3)));
  t.true(changed.size > 100);
  t.true([...changed].every((place) => box.data[place] === 255));
  const document = JSON.parse(stdout) as Record<string, unknown>;
  t.like(document, {out: 'out.png', strip: 'out.strip.png', width: WIDTH, height: HEIGHT, seed: 5});
  t.is(document['replacedPixels'], 24 * 22);
  t.deepEqual(document['warnings'], []);
  t.true((document['peakMemory'] as number) > 2 ** 26);

  const strip = await decodeImage(join(cwd, 'out.strip.png'));
  t.deepEqual([strip.width, strip.height], [3 * WIDTH + 8, HEIGHT]);
  const parts = [photo, maskImage(box), made];
  for (const [index, part] of parts.entries()) {
    const left = index * (WIDTH + 4);
    const region = {left, top: 0, width: WIDTH, height: HEIGHT};
    const bytes = await sharp(join(cwd, 'out.strip.png')).extract(region).removeAlpha().raw().toBuffer();
    t.deepEqual(new Uint8Array(bytes), new Uint8Array(part.data));
  }

  const again = await inpaint('-m', 'mask.png', '-p', 'a tree', '-o', 'again.png', '--seed', '5');
  t.is(again.code, 0, again.stderr);
  t.regex(again.stdout, /^again\.png: 48 x 40, 27\.5 % replaced, seed 5, peak memory \d+\.\d\d GiB\n$/);
  t.regex(again.stderr, /inpaint \d\/2/);
  t.deepEqual(readFileSync(join(cwd, 'again.png')), readFileSync(join(cwd, 'out.png')));
});

test.serial('a subject, a crop, another scheduler, and a prompt that is told to be too long', async (t) => {
  const {cwd, clip, inpaint} = await folder(t);
  const subject = ['-m', 'subject', '--class', 'owl', '--clip', clip, '--crop', '--blur', '2'];
  const long = 'tree '.repeat(100);
  const {code, stdout, stderr} = await inpaint(
    ...subject,
    ...['--scheduler', 'DDIMScheduler', '--dilate', '2', '-p', long, '-o', 'subject.png'],
  );
  t.is(code, 0, stderr);
  t.regex(stdout, /warning: The prompt has 102 tokens/);
  t.true(existsSync(join(cwd, 'subject.png')));
});

const wrong: [string, string[], number, RegExp][] = [
  ['no class', ['-m', 'subject', '-p', 'x', '-o', 'o.png'], 2, /--mask subject needs --class/],
  ['half a box', ['-m', '1,2,3', '-p', 'x', '-o', 'o.png'], 2, /four whole numbers/],
  ['a JPEG', ['-m', 'full', '-p', 'x', '-o', 'o.jpg'], 2, /end with \.png/],
  ['a scheduler', ['-m', 'full', '-p', 'x', '-o', 'o.png', '--scheduler', 'x'], 1, /"x".*DDIMScheduler/],
  ['a mask that is not there', ['-m', 'no.png', '-p', 'x', '-o', 'o.png'], 1, /no\.png: there is no such/],
  ['a box outside', ['-m', '90,90,5,5', '-p', 'x', '-o', 'o.png'], 1, /overlaps the 48 x 40 image/],
];

test.serial('what does not fit is told, and nothing is written', async (t) => {
  const {cwd, inpaint} = await folder(t);
  for (const [what, args, expected, message] of wrong) {
    const {code, stderr} = await inpaint(...args);
    t.is(code, expected, `${what}: ${stderr}`);
    t.regex(stderr, message);
  }
  t.false(existsSync(join(cwd, 'o.png')));
});
