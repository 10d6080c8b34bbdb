import {readFileSync, writeFileSync} from 'node:fs';
import {cp} from 'node:fs/promises';
import {join} from 'node:path';
import test from 'ava';
import type {FloatTensor} from '../../ts/binding/contract.js';
import {Detector} from '../../ts/detection/detector.js';
import {
  type DetectorDescription,
  type DetectorFeatures,
  writeDetector,
} from '../../ts/detection/detector-files.js';
import {sealed} from '../../ts/detection/seal.js';
import {mcmScores} from '../../ts/detection/mcm.js';
import {Engine} from '../../ts/models/engine.js';
import {modelFingerprint} from '../../ts/models/model-fingerprint.js';
import {projectionOf} from '../../ts/training/finetune.js';
import {Trainer} from '../../ts/training/trainer.js';
import {temporaryFolder} from '../support/folder.js';
import {tinyModels} from '../support/tiny-models.js';

const WIDTH = 128;

/** Reproducible numbers that look like none in particular. */
function matrix(rows: number, salt: number): FloatTensor {
  const data = Float32Array.from({length: rows * WIDTH}, (_, at) => Math.sin((at + 1) * (salt + 1.7)));
  return {data, shape: [rows, WIDTH]};
}

const row = ({data}: FloatTensor, index: number) =>
  Array.from(data.subarray(index * WIDTH, (index + 1) * WIDTH));

function cosine(a: number[], b: number[]): number {
  const dot = (x: number[], y: number[]) => x.reduce((sum, value, at) => sum + value * y[at]!, 0);
  return dot(a, b) / Math.sqrt(dot(a, a) * dot(b, b));
}

/** NegLabel's formula, word for word. */
function expectedScore(
  image: number[],
  classes: FloatTensor,
  negatives: number[][],
  groups: number,
  temperature: number,
) {
  const e = (label: number[]) => Math.exp(cosine(image, label) / temperature);
  const positive = Array.from({length: classes.shape[0]!}, (_, c) => e(row(classes, c))).reduce(
    (a, b) => a + b,
  );
  const size = Math.floor(negatives.length / groups);
  let sum = 0;
  for (let group = 0; group < groups; group++) {
    const negative = negatives
      .slice(group * size, (group + 1) * size)
      .reduce((total, label) => total + e(label), 0);
    sum += positive / (positive + negative);
  }
  return sum / groups;
}

const names = (count: number, kind: string) =>
  Array.from({length: count}, (_, index) => ({
    name: `${kind} ${index}`,
    prompt: `the nice ${kind} ${index}`,
  }));

async function description(clip: string): Promise<DetectorDescription> {
  return {
    format: 2,
    clip: {reference: clip, fingerprint: await modelFingerprint(clip)},
    classes: names(3, 'class'),
    negatives: names(7, 'label'),
    permutation: [3, 1, 6, 0, 5, 2, 4],
    groups: 3,
    temperature: 0.5,
    parts: {projection: false, labels: false},
    threshold: {value: 0.4, truePositiveRate: 0.95, images: 20},
    provenance: {run: 'test'},
  };
}

const features: DetectorFeatures = {
  classes: matrix(3, 1),
  negatives: matrix(7, 2),
  tunedNegatives: matrix(7, 3),
  projection: {
    weight: matrix(WIDTH, 4),
    bias: {data: matrix(1, 5).data, shape: [WIDTH]},
    normWeight: {data: matrix(1, 6).data, shape: [WIDTH]},
    normBias: {data: matrix(1, 7).data, shape: [WIDTH]},
  },
};

test('scores are the formula over negatives in the order of the permutation', async (t) => {
  const {clip: folder} = await tinyModels();
  await using engine = await Engine.open({device: 'cpu', threads: 1});
  const clip = await engine.loadClip(folder);
  const about = await description(folder);
  const detector = Detector.of(engine, clip, about, features);
  const images = matrix(4, 9);
  for (const [labels, negatives] of [
    [false, features.negatives],
    [true, features.tunedNegatives],
  ] as const) {
    const scores = await detector.with({projection: false, labels}).scoreFeatures(images);
    const ordered = about.permutation.map((index) => row(negatives, index));
    for (let i = 0; i < 4; i++) {
      const expected = expectedScore(row(images, i), features.classes, ordered, 3, 0.5);
      t.true(Math.abs(scores[i]! - expected) < 1e-5, `${scores[i]} ${expected}`);
    }
  }
  const mcm = await mcmScores(engine, images, features.classes, 0.7);
  for (let i = 0; i < 4; i++) {
    const e = [0, 1, 2].map((c) => Math.exp(cosine(row(images, i), row(features.classes, c)) / 0.7));
    const expected = Math.max(...e) / e.reduce((a, b) => a + b);
    t.true(Math.abs(mcm[i]! - expected) < 1e-5);
  }
  t.is((await detector.scoreFeatures({data: new Float32Array(), shape: [0, WIDTH]})).length, 0);
});

test('a projection that begins with a gain of 0 leaves scores as they are, one of 1 does not', async (t) => {
  const {clip: folder} = await tinyModels();
  await using engine = await Engine.open({device: 'cpu', threads: 1});
  const clip = await engine.loadClip(folder);
  const about = await description(folder);
  const images = matrix(6, 9);
  const plain = await Detector.of(engine, clip, about, features).scoreFeatures(images);
  for (const initialGain of [0, 1]) {
    using trainer = await Trainer.projection(engine, features.classes, {
      optimizer: {kind: 'adam', learningRate: 1e-3},
      initialGain,
    });
    const untrained = {...features, projection: projectionOf(await trainer.state())};
    const detector = Detector.of(engine, clip, about, untrained);
    const scores = await detector.with({projection: true, labels: false}).scoreFeatures(images);
    if (initialGain === 0) t.deepEqual(scores, plain);
    else t.true(scores.some((score, at) => Math.abs(score - plain[at]!) > 1e-3));
  }
});

test('a detector is written and loaded; one that does not fit is an error that names file and key', async (t) => {
  const folder = temporaryFolder(t);
  const {clip} = await tinyModels();
  await using engine = await Engine.open({device: 'cpu', threads: 1});
  const about = await description(clip);
  await writeDetector(folder, about, features);
  const detector = await Detector.load(folder, {engine});
  t.is(detector.threshold, 0.4);
  t.deepEqual(detector.labels, ['class 0', 'class 1', 'class 2']);
  t.is(detector.negativeLabels.length, 7);
  const raw = {data: new Uint8Array(32 * 32 * 3).fill(90), width: 32, height: 32, channels: 3 as const};
  const [score] = await detector.score([raw]);
  t.true(score! > 0 && score! < 1);

  const file = join(folder, 'detector.json');
  const good = readFileSync(file, 'utf8');
  const wrong: [object, RegExp][] = [
    [{...about, permutation: [0, 0, 1, 2, 3, 4, 5]}, /"permutation"/],
    [{...about, permutation: [0]}, /"permutation"/],
    [{...about, groups: 8}, /8 groups of 7/],
    [{...about, format: 1}, /detector\.json.*"format"/],
    [
      {...about, classes: names(2, 'class')},
      /detector\.safetensors: expected "classes" of \[2, 128\], found \[3, 128\]/,
    ],
    [{...about, surprise: 1}, /surprise/],
  ];
  const {tensors} = JSON.parse(good) as {tensors: string};
  for (const [json, message] of wrong) {
    writeFileSync(file, JSON.stringify(sealed({...json, tensors})));
    t.regex((await t.throwsAsync(Detector.load(folder, {engine}))).message, message);
  }
  writeFileSync(file, good.replace('"value": 0.4', '"value": 0.1'));
  t.like(await t.throwsAsync(Detector.load(folder, {engine})), {code: 'ERR_MODEL_FORMAT'}, 'changed by hand');
  writeFileSync(file, good);
  const other = join(folder, 'clip');
  await cp(clip, other, {recursive: true});
  t.is(
    (await Detector.load(folder, {engine, clip: other})).threshold,
    0.4,
    'the same model elsewhere will do',
  );
  writeFileSync(join(other, 'merges.txt'), '#version: 0.2\n');
  const error = await t.throwsAsync(Detector.load(folder, {engine, clip: other}));
  t.like(error, {code: 'ERR_CONFIG'});
  t.regex(error.message, /another CLIP model/);
});
