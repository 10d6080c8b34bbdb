import test from 'ava';
import {SynoodError} from '../../ts/binding/errors.js';
import type {RawImage} from '../../ts/data/image.js';
import {toRgbImage} from '../../ts/data/image-output.js';
import {resize} from '../../ts/data/resize.js';
import {Engine} from '../../ts/models/engine.js';
import {readPreprocessorConfig} from '../../ts/models/preprocessor-config.js';
import {energyScores} from '../../ts/synthesis/boundary.js';
import {pixelTransform} from '../../ts/synthesis/pixel-transform.js';
import {
  type SynthesisInput,
  type SynthesisSample,
  Synthesizer,
  type SynthesizerOptions,
} from '../../ts/synthesis/synthesizer.js';
import {tinyModels} from '../support/tiny-models.js';
import {untimed} from '../support/untimed.js';

async function setUp() {
  const models = await tinyModels();
  const engine = await Engine.open({device: 'cpu', threads: 1});
  const inpainter = await engine.loadInpainter(models.inpainter);
  const classifier = await engine.loadClassifier(models.classifier);
  const transform = pixelTransform((await readPreprocessorConfig(models.classifier))!, 32);
  const make = (options: Partial<SynthesizerOptions> = {}) =>
    new Synthesizer({
      inpainter,
      classifier,
      transform,
      boundary: 1.49,
      tolerance: 0.01,
      batchSize: 4,
      steps: 3,
      strength: 1,
      guidanceScale: 2,
      maxIterations: 4,
      ...options,
    });
  return {engine, classifier, transform, make};
}

const shared = setUp();
test.after.always(async () => (await shared).engine.dispose());

const image = (number: number): RawImage => ({
  data: Uint8Array.from({length: 40 * 36 * 3}, (_, at) => (at * (number + 3)) % 251),
  width: 40,
  height: 36,
  channels: 3,
});

const inputs = (count: number): SynthesisInput[] =>
  Array.from({length: count}, (_, number) => ({
    id: `c/${number}`,
    image: image(number),
    prompt: number % 2 === 0 ? 'A photo only remain tree.' : 'A photo only remain cactus and bank.',
  }));

async function collect(
  synthesizer: Synthesizer,
  items: SynthesisInput[],
): Promise<Map<string, SynthesisSample>> {
  const samples = new Map<string, SynthesisSample>();
  for await (const sample of synthesizer.run(items)) samples.set(sample.id, sample);
  return samples;
}

test('every item gives a sample whose score is that of its image', async (t) => {
  const {make, classifier, transform} = await shared;
  const samples = await collect(make(), inputs(9));
  t.is(samples.size, 9);
  const reasons = new Set<string>();
  for (const {score, trajectory, iterations, accepted, reason, image} of samples.values()) {
    t.is(trajectory.length, iterations);
    t.is(trajectory.at(-1), score);
    t.is(accepted, Math.abs(score - 1.49) <= 0.01);
    t.is(reason, accepted ? 'boundary' : 'iterations');
    t.deepEqual(image.shape, [3, 32, 32]);
    const batch = {data: image.data, shape: [1, 3, 32, 32]};
    const [again] = energyScores(await classifier.scoreLogits(batch, transform));
    t.true(Math.abs(again! - score) < 1e-5);
    reasons.add(reason);
  }
  t.is(reasons.size, 2, 'some reach the boundary and some do not');
});

test('the same bytes whatever the order of the items', async (t) => {
  const {make} = await shared;
  const items = inputs(7);
  const samples = await collect(make(), items);
  const other = await collect(make(), [
    items[4]!,
    items[6]!,
    items[0]!,
    items[5]!,
    items[2]!,
    items[3]!,
    items[1]!,
  ]);
  for (const [id, sample] of samples) t.deepEqual(untimed(other.get(id)!), untimed(sample));
  const alone = await collect(make(), [items[3]!]);
  t.deepEqual(
    untimed(alone.get('c/3')!),
    untimed(samples.get('c/3')!),
    'nor does it matter whether there are neighbours at all',
  );
});

test('another batch size agrees within one step of a byte', async (t) => {
  const {make} = await shared;
  const samples = await collect(make(), inputs(5));
  for (const batchSize of [1, 3]) {
    for (const [id, {image}] of await collect(make({batchSize}), inputs(5))) {
      const expected = samples.get(id)!.image.data;
      const most = image.data.reduce((max, value, at) => Math.max(max, Math.abs(value - expected[at]!)), 0);
      t.true(most <= 1 / 255, `${id} at ${batchSize}: ${most}`);
    }
  }
});

test('a small picture and a time for every iteration; the last picture is of the sample', async (t) => {
  const {make} = await shared;
  const plain = await collect(make(), inputs(5));
  for (const [id, sample] of await collect(make({previews: 8}), inputs(5))) {
    t.is(sample.previews.length, sample.iterations);
    t.is(sample.seconds.length, sample.iterations);
    t.true(sample.seconds.every((seconds) => seconds > 0));
    t.deepEqual(sample.previews.at(-1), resize(toRgbImage(sample.image), 8, 8, 'lanczos'));
    if (sample.iterations > 1) t.notDeepEqual(sample.previews[0], sample.previews[1]);
    t.deepEqual(plain.get(id)!.previews, []);
    t.deepEqual(sample.image, plain.get(id)!.image);
  }
});

test('another seed gives another image', async (t) => {
  const {make} = await shared;
  const one = await collect(make(), inputs(1));
  const two = await collect(make({seed: 1}), inputs(1));
  t.notDeepEqual(one.get('c/0')!.image.data, two.get('c/0')!.image.data);
});

test('an image that cannot be read ends the run, or is told and passed over', async (t) => {
  const {make} = await shared;
  const items = inputs(3);
  items[1] = {...items[1]!, image: Buffer.from('no image')};
  t.like(await t.throwsAsync(collect(make(), items)), {code: 'ERR_IMAGE'});
  const bad: string[] = [];
  const good: string[] = [];
  for await (const {id} of make().run(items, {onBadImage: (id) => bad.push(id)})) good.push(id);
  t.deepEqual(bad, ['c/1']);
  t.deepEqual(good.sort(), ['c/0', 'c/2']);
});

test('an abort stops it at once, and the engine goes on', async (t) => {
  const {make, engine} = await shared;
  const controller = new AbortController();
  const synthesizer = make({steps: 200, maxIterations: 50, tolerance: 1e-9});
  const started = performance.now();
  setTimeout(() => controller.abort(), 150);
  const error = await t.throwsAsync(async () => {
    for await (const _ of synthesizer.run(inputs(8), {signal: controller.signal})) t.fail();
  });
  t.true(error instanceof SynoodError);
  t.like(error, {code: 'ERR_ABORTED'});
  t.true(performance.now() - started < 2000);
  t.true(engine.info.threads >= 1);
  t.is((await collect(make(), inputs(2))).size, 2);
});

test('a caller who has seen enough leaves, and the next run is not disturbed', async (t) => {
  const {make} = await shared;
  for await (const _ of make().run(inputs(8))) break;
  t.is((await collect(make(), inputs(2))).size, 2);
});

test('an image size that the autoencoder cannot halve so often is an error', async (t) => {
  const {make} = await shared;
  t.like(
    t.throws(() => make({imageSize: 30})),
    {code: 'ERR_CONFIG'},
  );
});
