import test from 'ava';
import {SynoodError} from '../../ts/binding/errors.js';
import type {RawImage} from '../../ts/data/image.js';
import {Engine} from '../../ts/models/engine.js';
import {readPreprocessorConfig} from '../../ts/models/preprocessor-config.js';
import {type GradientRow, median, summarise} from '../../ts/pipeline/gradient-report.js';
import {gradientChart} from '../../ts/report/charts/gradients.js';
import {methodOf} from '../../ts/synthesis/gradient-methods.js';
import {nativeOptions} from '../../ts/synthesis/options.js';
import {pixelTransform} from '../../ts/synthesis/pixel-transform.js';
import {type SynthesisInput, Synthesizer, type SynthesizerOptions} from '../../ts/synthesis/synthesizer.js';
import {tinyModels} from '../support/tiny-models.js';
import {untimed} from '../support/untimed.js';

async function setUp() {
  const models = await tinyModels();
  const engine = await Engine.open({device: 'cpu', threads: 1});
  const inpainter = await engine.loadInpainter(models.inpainter);
  const classifier = await engine.loadClassifier(models.classifier);
  const clip = await engine.loadClip(models.clip);
  const transform = pixelTransform((await readPreprocessorConfig(models.classifier))!, 32);
  const clipTransform = pixelTransform((await readPreprocessorConfig(models.clip))!, 32);
  const options = (more: Partial<SynthesizerOptions> = {}): SynthesizerOptions => ({
    inpainter,
    classifier,
    transform,
    boundary: 1.49,
    tolerance: 0.01,
    batchSize: 2,
    steps: 3,
    strength: 1,
    guidanceScale: 2,
    maxIterations: 3,
    ...more,
  });
  return {
    engine,
    clip,
    clipTransform,
    options,
    make: (more?: Partial<SynthesizerOptions>) => new Synthesizer(options(more)),
  };
}

const shared = setUp();
test.after.always(async () => (await shared).engine.dispose());

const image: RawImage = {
  data: Uint8Array.from({length: 32 * 32 * 3}, (_, at) => (at * 7) % 251),
  width: 32,
  height: 32,
  channels: 3,
};

const inputs: SynthesisInput[] = ['a', 'b', 'c'].map((id) => ({
  id,
  image,
  prompt: `A photo only remain ${id}.`,
}));

async function collect(synthesizer: Synthesizer, items = inputs) {
  const samples = [];
  for await (const sample of synthesizer.run(items)) samples.push(sample);
  return samples.sort((a, b) => (a.id < b.id ? -1 : 1));
}

test('a method has a name and no other', (t) => {
  t.deepEqual(methodOf('truncated-3*'), {gradient: 'truncated', gradientSteps: 3, chainFactor: true});
  t.deepEqual(methodOf('skip'), {gradient: 'skip', chainFactor: false});
  for (const name of ['', 'truncated', 'truncated-0', 'skip-1', 'Exact']) {
    t.like(
      t.throws(() => methodOf(name)),
      {code: 'ERR_CONFIG'},
    );
  }
});

test('the published run is a preset that single options change', async (t) => {
  const {options} = await shared;
  const {steps: _, maxIterations: __, ...rest} = options();
  const native = nativeOptions({...rest, batchSize: 2, reference: true, stepSize: undefined}, 32);
  t.like(native, {
    steps: 20,
    objective: 'reference',
    stepRule: 'fixed',
    stepSize: 5,
    maxIterations: 3,
    gradient: 'skip',
  });
  t.is(native.scheduler.kind, 'pndm');
  t.is(nativeOptions({...rest, reference: true, steps: 4}, 32).steps, 4);
});

test('exact and truncated gradients run, checkpointed or not to the same bytes', async (t) => {
  const {make} = await shared;
  const far = {boundary: 5};
  const skip = await collect(make(far));
  for (const gradient of ['exact', {truncated: 2}] as const) {
    const plain = await collect(make({...far, gradient, gradientCheckpointing: false}));
    const again = await collect(make({...far, gradient}));
    t.deepEqual(plain.map(untimed), again.map(untimed));
    t.notDeepEqual(plain[0]!.gradientNorms, skip[0]!.gradientNorms);
  }
  for (const {iterations, trajectory, gradientNorms, stepSizes} of skip) {
    for (const list of [trajectory, gradientNorms, stepSizes]) t.is(list.length, iterations);
    t.is(stepSizes.at(-1), 0);
  }
});

test('a rejected sample begins anew with a seed of its own, to the same bytes each time', async (t) => {
  const {make} = await shared;
  const far = {boundary: 100, maxIterations: 1};
  const once = await collect(make(far));
  const retried = await collect(make({...far, retries: 2}));
  t.deepEqual(
    retried.map(({attempts}) => attempts),
    [3, 3, 3],
  );
  t.notDeepEqual(retried[0]!.image, once[0]!.image);
  t.not(retried[0]!.seed, once[0]!.seed);
  const [alone] = await collect(make({...far, retries: 2}), [inputs[0]!]);
  t.deepEqual(untimed(alone!), untimed(retried[0]!));
});

test("CLIP's zero-shot logits drive a search, and score as the search does", async (t) => {
  const {clip, clipTransform, make} = await shared;
  const labelFeatures = await clip.encodeText(['the nice tree', 'the nice bank', 'the nice key']);
  const scored = {classifier: undefined, clip: {model: clip, labelFeatures}, transform: clipTransform};
  const synthesizer = make({...scored, objective: 'msp', boundary: 0.4});
  const samples = await collect(synthesizer);
  t.true(samples.some(({gradientNorms}) => gradientNorms[0]! > 0));
  for (const {image, score} of samples) {
    const [again] = await synthesizer.score({data: image.data, shape: [1, 3, 32, 32]});
    t.true(Math.abs(again! - score) < 1e-5);
    t.true(score >= 1 / 3 && score <= 1);
  }
});

test('an unreachable boundary is told with its bound before the first sample', async (t) => {
  const {make} = await shared;
  for (const more of [
    {objective: 'msp', boundary: 0.1},
    {objective: 'authors', boundary: 1},
  ] as const) {
    const error = await t.throwsAsync(collect(make(more)));
    t.true(error instanceof SynoodError);
    t.like(error, {code: 'ERR_CONFIG'});
    t.regex(error.message, /of 6 classes they lie between (0\.1666|1\.79)/);
  }
  const neither = await t.throwsAsync(collect(make({classifier: undefined})));
  t.like(neither, {code: 'ERR_CONFIG'});
});

test('gradients are compared image by image, and drawn', async (t) => {
  const {make} = await shared;
  const rows: GradientRow[] = [];
  for (const strength of [0.5, 1]) {
    for await (const row of make({strength, boundary: 5}).compareGradients(inputs, ['skip', 'exact'], {
      stepSize: 0.02,
    })) {
      rows.push({strength, ...row});
    }
  }
  t.is(rows.length, 2 * 3 * 2);
  for (const {method, cosine, normRatio, loss, lossAfter} of rows) {
    t.true(Math.abs(cosine) <= 1.000001);
    if (method !== 'exact') continue;
    t.true(Math.abs(cosine - 1) < 1e-5 && Math.abs(normRatio - 1) < 1e-5);
    t.true(lossAfter < loss, 'a short step along the exact gradient makes the loss smaller');
  }
  const summary = summarise(rows);
  t.is(summary.length, 4);
  const svg = await gradientChart(summary);
  t.regex(svg, /^<svg xmlns="http:\/\/www\.w3\.org\/2000\/svg"/);
  for (const word of ['skip', 'exact', 'strength']) t.true(svg.includes(word));
});

test('a median leaves out what is no number', (t) => {
  t.is(median([3, NaN, 1, 2]), 2);
  t.is(median([1, 2]), 1.5);
  t.true(Number.isNaN(median([NaN])));
});
