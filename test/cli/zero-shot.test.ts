import {writeFileSync} from 'node:fs';
import {join} from 'node:path';
import test from 'ava';
import {Engine} from '../../ts/models/engine.js';
import {temporaryFolder} from '../support/folder.js';
import {tinyModels} from '../support/tiny-models.js';
import {pictures} from '../support/training-data.js';
import {synood} from './synood.js';

interface Seen {
  labels: number;
  dropped?: string;
  images: {path: string; labels: {label: string; probability: number; cosine: number}[]}[];
  failed: {path: string; reason: string}[];
}

const TEMPLATES = ['a photo of a {}', 'the {}'];
const LABELS = ['owl', 'camel', 'light bulb'];

const unit = (row: Float32Array): Float32Array => row.map((value) => value / Math.hypot(...row));

/** Softmax of the scaled cosines of images and the mean prompts of labels, as Radford et al. (2021) write it. */
async function byHand(folder: string, paths: string[]) {
  await using engine = await Engine.open({device: 'cpu', threads: 1});
  using clip = await engine.loadClip(folder);
  const rows = ({data, shape}: {data: Float32Array; shape: number[]}) =>
    Array.from({length: shape[0]!}, (_, row) => unit(data.slice(row * shape[1]!, (row + 1) * shape[1]!)));
  const images = rows(await clip.encodeImages(paths));
  const texts: Float32Array[] = [];
  for (const label of LABELS) {
    const prompts = rows(await clip.encodeText(TEMPLATES.map((template) => template.replace('{}', label))));
    texts.push(unit(prompts[0]!.map((value, at) => value + prompts[1]![at]!)));
  }
  const scale = await clip.logitScale();
  return images.map((image) => {
    const cosines = texts.map((text) => text.reduce((sum, value, at) => sum + value * image[at]!, 0));
    const weights = cosines.map((cosine) => Math.exp(scale * cosine));
    const total = weights.reduce((sum, one) => sum + one, 0);
    const all = LABELS.map((label, at) => ({label, probability: weights[at]! / total, cosine: cosines[at]!}));
    return all.sort((a, b) => b.cosine - a.cosine);
  });
}

test('zero-shot: labels of each image by probability, over an ensemble of prompts; doubles and blanks are told', async (t) => {
  const cwd = temporaryFolder(t);
  await pictures(cwd);
  const {clip} = await tinyModels();
  writeFileSync(join(cwd, 'empty.jpg'), '');
  const args = ['zero-shot', 'images/red_thing/3.png', 'empty.jpg', 'images/blue_thing', '--clip', clip];
  const labels = ['-l', 'owl,camel,,Owl,light_bulb', '-t', ...TEMPLATES, '--bank', 'bank'];
  const found = await synood([...args, ...labels, '--top', '2', '--json'], {cwd});
  t.is(found.code, 1, found.stderr);
  const seen = JSON.parse(found.stdout) as Seen;
  t.like(seen, {labels: 3, dropped: '1 duplicate and 1 blank'});
  t.deepEqual(
    seen.failed.map(({path, reason}) => `${path}: ${reason}`),
    ['empty.jpg: the file is empty.'],
  );
  t.is(seen.images.length, 5);
  const expected = await byHand(
    clip,
    seen.images.map(({path}) => join(cwd, path)),
  );
  for (const [at, {path, labels: best}] of seen.images.entries()) {
    t.deepEqual(
      best.map(({label}) => label),
      expected[at]!.slice(0, 2).map(({label}) => label),
      path,
    );
    for (const [place, {probability, cosine}] of best.entries()) {
      t.true(Math.abs(probability - expected[at]![place]!.probability) < 1e-4);
      t.true(Math.abs(cosine - expected[at]![place]!.cosine) < 1e-5);
    }
  }

  // The second time images and labels come from the bank, and the table has every label of each image.
  const table = await synood([...args, ...labels, '--quiet'], {cwd});
  t.is(table.code, 1, table.stderr);
  const lines = table.stdout.trimEnd().split('\n');
  t.regex(lines[0]!, /^image +label +probability +cosine$/);
  const [best] = seen.images[0]!.labels;
  const percent = `${(best!.probability * 100).toFixed(1)} %`;
  t.deepEqual(lines[2]!.split(/ {2,}/), [
    'images/red_thing/3.png',
    best!.label,
    percent,
    best!.cosine.toFixed(3),
  ]);
  t.is(lines.length, 2 + 5 * 3 + 2);
  t.deepEqual(lines.slice(-2), [
    'left out: 1 duplicate and 1 blank among the labels',
    'left out: empty.jpg: the file is empty.',
  ]);
});

test('zero-shot: no label, no template, no CLIP: each is told with what was expected', async (t) => {
  const cwd = temporaryFolder(t);
  await pictures(cwd);
  const {clip} = await tinyModels();
  writeFileSync(join(cwd, 'blank.txt'), '\n  \n\n');
  const image = ['zero-shot', 'images/red_thing/0.png'];
  const wrong: [string[], number, RegExp][] = [
    [[...image, '-l', ' , ,'], 2, /Expected words in --labels/],
    [[...image, '-l', 'owl', '--labels-file', 'blank.txt'], 2, /--labels or --labels-file, not both/],
    [
      [...image, '--labels-file', 'blank.txt'],
      2,
      /blank\.txt: expected one word a line, found none.*ERR_CONFIG/,
    ],
    [[...image, '--labels-file', 'nowhere.txt'], 1, /Cannot read the vocabulary nowhere\.txt.*ERR_IO/],
    [[...image, '--clip', clip], 2, /Expected --labels/],
    [[...image, '-l', 'owl', '--top', '0'], 2, /--top .*at least 1, got 0/],
    [
      [...image, '-l', 'owl', '--clip', clip, '-t', 'a photo'],
      1,
      /Expected templates with "\{\}".*ERR_VALUE/,
    ],
    [[...image, '-l', 'owl', '--clip', 'images'], 1, /images: expected a CLIP model.*ERR_MODEL_FORMAT/],
  ];
  const ended = await Promise.all(wrong.map(([args]) => synood([...args, '--quiet'], {cwd})));
  for (const [at, [args, code, message]] of wrong.entries()) {
    t.is(ended[at]!.code, code, args.join(' '));
    t.regex(ended[at]!.stderr, message, args.join(' '));
  }
});
