import test from 'ava';
import fc from 'fast-check';
import type {FloatTensor} from '../../ts/binding/contract.js';
import {Engine} from '../../ts/models/engine.js';
import {epochOrder} from '../../ts/training/epochs.js';
import {trainLabels, trainProjection} from '../../ts/training/finetune.js';

test('every epoch has every sample once, in an order of its own', (t) => {
  fc.assert(
    fc.property(
      fc.integer({min: 1, max: 40}),
      fc.integer({min: 1, max: 4}),
      fc.integer({min: 1, max: 50}),
      (count, epochs, batch) => {
        const {data, shape} = epochOrder(3, count, epochs, batch);
        t.is(shape[1], Math.min(batch, count));
        t.is(shape[0], Math.ceil((epochs * count) / shape[1]!));
        for (let epoch = 0; epoch < epochs; epoch++) {
          const part = Array.from(data.slice(epoch * count, (epoch + 1) * count), Number).sort(
            (a, b) => a - b,
          );
          t.deepEqual(
            part,
            Array.from({length: count}, (_, index) => index),
          );
        }
      },
    ),
    {numRuns: 60},
  );
  const {data} = epochOrder(3, 30, 2, 30);
  t.notDeepEqual(data.slice(0, 30), data.slice(30));
  t.notDeepEqual(epochOrder(4, 30, 1, 30).data, epochOrder(3, 30, 1, 30).data);
});

/** Two kinds of images that differ in a direction that their labels do not have yet. */
function toy(): {features: FloatTensor; labels: number[]; text: FloatTensor} {
  const width = 8;
  const labels = Array.from({length: 40}, (_, index) => index % 2);
  const data = Float32Array.from({length: 40 * width}, (_, at) => {
    const [sample, axis] = [Math.floor(at / width), at % width];
    const noise = Math.sin(at * 12.9898) * 0.2;
    return noise + (axis === labels[sample]! + 2 ? 1 : 0);
  });
  const text = Float32Array.from({length: 2 * width}, (_, at) =>
    at % width === Math.floor(at / width) ? 1 : 0.1,
  );
  return {features: {data, shape: [40, width]}, labels, text: {data: text, shape: [2, width]}};
}

const common = {epochs: 30, batchSize: 10, finalLearningRate: 0, weightDecay: 0, logitScale: 10, seed: 1};
const mean = (values: number[]) => values.reduce((a, b) => a + b) / values.length;

test('both sides learn what a toy set has to teach, with the same bytes each time', async (t) => {
  await using engine = await Engine.open({device: 'cpu', threads: 1});
  const {features, labels, text} = toy();
  const projection = () => trainProjection(engine, {features, labels}, text, {...common, learningRate: 1e-2});
  const first = await projection();
  t.is(first.losses.length, 120);
  t.log(
    first.losses
      .filter((_, i) => i % 12 === 0)
      .map((v) => v.toFixed(3))
      .join(' '),
  );
  t.true(mean(first.losses.slice(-20)) < 0.5 * mean(first.losses.slice(0, 4)));
  t.deepEqual(await projection(), first);

  const options = {...common, learningRate: 2e-2, momentum: 0.9};
  const tuned = await trainLabels(engine, {features, labels}, text, options);
  t.true(mean(tuned.losses.slice(-20)) < 0.5 * mean(tuned.losses.slice(0, 4)));
  t.deepEqual(tuned.features.shape, text.shape);
  t.notDeepEqual(tuned.features.data, text.data);
  t.deepEqual(await trainLabels(engine, {features, labels}, text, options), tuned);
});

test('an abort ends a training', async (t) => {
  await using engine = await Engine.open({device: 'cpu', threads: 1});
  const {features, labels, text} = toy();
  const controller = new AbortController();
  const training = trainProjection(engine, {features, labels}, text, {
    ...common,
    epochs: 20_000,
    learningRate: 1e-3,
    signal: controller.signal,
  });
  setTimeout(() => controller.abort(), 100);
  t.like(await t.throwsAsync(training), {code: 'ERR_ABORTED'});
});
