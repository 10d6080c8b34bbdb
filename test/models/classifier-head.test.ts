import {join} from 'node:path';
import test, {type ExecutionContext} from 'ava';
import type {Classifier} from '../../ts/models/classifier.js';
import {Engine} from '../../ts/models/engine.js';
import {readPreprocessorConfig} from '../../ts/models/preprocessor-config.js';
import {writeSafetensors} from '../../ts/models/weights/safetensors.js';
import {energyScores} from '../../ts/synthesis/boundary.js';
import {pixelTransform} from '../../ts/synthesis/pixel-transform.js';
import {Synthesizer} from '../../ts/synthesis/synthesizer.js';
import {temporaryFolder} from '../support/folder.js';
import {fixture} from '../support/paths.js';
import {tinyModels} from '../support/tiny-models.js';

const engine = await Engine.open({device: 'cpu', threads: 1});
test.after.always(() => engine.dispose());

const CLASSES = 4;
const wave = (count: number, seed: number) =>
  Float32Array.from({length: count}, (_, at) => Math.sin((at + 1) * seed));

/** A file with a head for F features and the numbers in it. */
async function head(t: ExecutionContext, features: number, scale = 1) {
  const file = join(temporaryFolder(t), 'head.safetensors');
  const weight = wave(CLASSES * features, 1.7).map((value) => value * scale);
  const bias = wave(CLASSES, 0.9);
  await writeSafetensors(file, {
    'probe.weight': {data: weight, shape: [CLASSES, features]},
    'probe.bias': {data: bias, shape: [CLASSES]},
    other: {data: wave(CLASSES * features, 2.1), shape: [CLASSES, features]},
  });
  return {file, weight, bias};
}

const linear = (features: Float32Array, {weight, bias}: {weight: Float32Array; bias: Float32Array}) =>
  bias.map((offset, row) =>
    features.reduce((sum, value, at) => sum + value * weight[row * features.length + at]!, offset),
  );

/** The logits with a head of one's own, and what they should be. */
async function ownLogits(
  t: ExecutionContext,
  folder: string,
  side: number,
): Promise<[Float32Array, Float32Array]> {
  const plain: Classifier = await engine.loadClassifier(folder);
  const own = await head(t, plain.featureSize);
  const changed = await engine.loadClassifier(folder, {head: {file: own.file, logits: 'probe.weight'}});
  const pixels = {data: wave(3 * side * side, 0.37), shape: [1, 3, side, side]};
  const features = await plain.features(pixels);
  const logits = await changed.logits(pixels);
  plain.dispose();
  changed.dispose();
  return [logits.data, linear(features.data, own)];
}

test("a head of one's own gives W f + b of the classifier's features, in every layout", async (t) => {
  for (const [folder, side] of [
    [fixture('resnet', 'basic'), 48],
    [fixture('resnet', 'torchvision'), 48],
    [fixture('vit', 'tiny'), 28],
  ] as const) {
    const [found, expected] = await ownLogits(t, folder, side);
    t.is(found.length, CLASSES);
    found.forEach((value, at) => t.true(Math.abs(value - expected[at]!) < 1e-4, `${folder}: ${value}`));
  }
});

test('a synthesis is driven by those logits; where they are flat, samples are rejected and the next come', async (t) => {
  const models = await tinyModels();
  const inpainter = await engine.loadInpainter(models.inpainter);
  const transform = pixelTransform((await readPreprocessorConfig(models.classifier))!, 32);
  const width = (await engine.loadClassifier(models.classifier)).featureSize;
  const items = ['a', 'b', 'c'].map((id, number) => ({
    id,
    image: {
      data: Uint8Array.from({length: 32 * 32 * 3}, (_, at) => (at * (7 + number)) % 251),
      width: 32,
      height: 32,
      channels: 3 as const,
    },
    prompt: 'A photo only remain tree.',
  }));
  for (const scale of [1, 0]) {
    const own = await head(t, width, scale);
    const classifier = await engine.loadClassifier(models.classifier, {
      head: {file: own.file, logits: 'probe.weight', bias: 'probe.bias'},
    });
    const synthesizer = new Synthesizer({
      inpainter,
      classifier,
      transform,
      boundary: 50,
      tolerance: 0.1,
      batchSize: 2,
      steps: 2,
      maxIterations: 2,
    });
    const samples = [];
    for await (const sample of synthesizer.run(items)) samples.push(sample);
    t.is(samples.length, 3);
    for (const {score, image, accepted, reason, iterations} of samples) {
      const pixels = {data: image.data, shape: [1, 3, 32, 32]};
      const [again] = energyScores(await classifier.scoreLogits(pixels, transform));
      t.true(Math.abs(score - again!) < 1e-5);
      t.false(accepted);
      t.is(reason, scale === 0 ? 'zero-gradient' : 'iterations');
      t.is(iterations, scale === 0 ? 1 : 2);
    }
  }
});

test('a head that does not fit, or that is not named, is an error that tells what there is', async (t) => {
  const folder = fixture('resnet', 'basic');
  const {featureSize} = await engine.loadClassifier(folder);
  const wide = await head(t, featureSize + 1);
  const attempts: [{file: string; logits?: string}, RegExp][] = [
    [{file: wide.file, logits: 'probe.weight'}, /features/],
    [{file: wide.file}, /other .*probe\.weight/],
    [{file: wide.file, logits: 'nothing'}, /'nothing'/],
  ];
  for (const [given, message] of attempts) {
    const error = await t.throwsAsync(engine.loadClassifier(folder, {head: given}));
    t.like(error, {code: 'ERR_MODEL_FORMAT'});
    t.regex(error.message, message);
  }
});
