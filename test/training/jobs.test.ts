import {cpSync, mkdirSync, readFileSync, rmSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import test, {type ExecutionContext} from 'ava';
import type {Tensor} from '../../ts/binding/contract.js';
import {Engine} from '../../ts/models/engine.js';
import {Clip} from '../../ts/models/clip.js';
import {readSafetensors, writeSafetensors} from '../../ts/models/weights/safetensors.js';
import {readCurves} from '../../ts/training/curves.js';
import {epochOrder} from '../../ts/training/epochs.js';
import {fit} from '../../ts/training/fit.js';
import {trainingJobs} from '../../ts/training/jobs/all.js';
import type {JobContext, JobOutcome} from '../../ts/training/jobs/job.js';
import {checkTrainingConfig} from '../../ts/training/jobs/read-config.js';
import {integers, memorySource} from '../../ts/training/samples/source.js';
import {Trainer} from '../../ts/training/trainer.js';
import {temporaryFolder} from '../support/folder.js';
import {tinyModels} from '../support/tiny-models.js';
import {headFile, pictures, trainingConfigs} from '../support/training-data.js';

const job = (name: string) => trainingJobs.find((one) => one.name === name)!;

async function run(
  name: string,
  config: object,
  folder: string,
  options: Partial<JobContext> = {},
): Promise<JobOutcome> {
  await using engine = await Engine.open({device: 'cpu', threads: 1});
  const one = job(name);
  return await one.run(checkTrainingConfig(one, config, 'test'), {engine, folder, ...options});
}

const quick = {epochs: 2, batchSize: 6, checkpointEvery: 3};

test('every training runs from its files to its result, with a log of every step', async (t) => {
  const folder = temporaryFolder(t);
  const configs = await trainingConfigs(folder);
  for (const [name, config] of Object.entries(configs)) {
    const outcome = await run(name, {...quick, ...config, out: name}, folder);
    t.deepEqual(outcome.leftOut, [], name);
    for (const [training, {steps}] of Object.entries(outcome.trainings)) {
      const rows = await readCurves(join(outcome.out, `${training}.jsonl`));
      t.deepEqual(
        rows.map(({step}) => step),
        [...Array(steps).keys()],
        training,
      );
      t.true(rows.every(({loss, gradientNorm}) => Number.isFinite(loss) && gradientNorm > 0));
    }
  }
  await using engine = await Engine.open({device: 'cpu', threads: 1});
  // What comes out loads as the models that it is.
  const tuned = await Clip.load(engine, join(folder, 'clip', 'model'));
  const saysNo = await Clip.load(engine, join(folder, 'clipn', 'no'));
  const texts = ['a photo of a red thing', 'the blue thing'];
  t.deepEqual((await saysNo.encodeText(texts)).shape, (await tuned.encodeText(texts)).shape);
  await engine.loadAutoencoderKl(join(folder, 'autoencoder', 'model'));
  await engine.loadUnet(join(folder, 'denoiser', 'unet'));
  const made = await engine.loadClassifier(join(folder, 'classifier', 'model'));
  t.is(made.config.numLabels, 3);
  const lsn = await readSafetensors(join(folder, 'lsn', 'lsn.safetensors'));
  t.deepEqual(lsn.tensors['positive']?.shape, [3, 128]);
  t.deepEqual(lsn.tensors['negatives']?.shape, [2, 3, 128]);
  t.deepEqual(lsn.metadata['names'], JSON.stringify(['blue thing', 'green thing', 'red thing']));
});

const bytes = (folder: string, file: string): Buffer => readFileSync(join(folder, file));

test('cut off by a signal, the same call goes on and ends with the same bytes', async (t) => {
  const folder = temporaryFolder(t);
  await headFile(folder);
  const config = {...quick, epochs: 6, features: 'features.safetensors', classes: 3};
  await run('joint', {...config, out: 'whole'}, folder);
  const controller = new AbortController();
  const cut = run('joint', {...config, out: 'cut'}, folder, {
    signal: controller.signal,
    onStep: (_, {step}) => {
      if (step === 20) controller.abort();
    },
  });
  t.like(await t.throwsAsync(cut), {code: 'ERR_ABORTED'});
  const outcome = await run('joint', {...config, out: 'cut'}, folder);
  t.true(outcome.trainings['joint']!.resumedFrom > 0);
  for (const file of ['joint.safetensors', 'joint.checkpoint.safetensors'])
    t.deepEqual(bytes(join(folder, 'cut'), file), bytes(join(folder, 'whole'), file));
  const losses = async (out: string) =>
    (await readCurves(join(folder, out, 'joint.jsonl'))).map(({step, loss}) => [step, loss]);
  t.deepEqual(await losses('cut'), await losses('whole'));
});

async function refused(t: ExecutionContext, name: string, config: object, folder: string) {
  const error = await t.throwsAsync(run(name, {...quick, out: 'out', ...config}, folder));
  t.log(error.message);
  return error as Error & {code: string};
}

test('what cannot be trained on is named', async (t) => {
  const folder = temporaryFolder(t);
  const file = await headFile(folder);
  const features = 'features.safetensors';
  const {tensors} = await readSafetensors(file);
  const write = (changed: Record<string, object>) =>
    writeSafetensors(file, {...tensors, ...changed} as never);
  const labels = (of: (at: number) => number) => ({
    labels: {data: BigInt64Array.from({length: 60}, (_, at) => BigInt(of(at))), shape: [60]},
  });

  await write(labels((at) => (at === 11 ? 7 : at % 7)));
  const beyond = await refused(t, 'projection', {features}, folder);
  t.is(beyond.code, 'ERR_VALUE');
  t.regex(beyond.message, /Sample 11 has the label 7; expected 0 to 6/);

  await write(labels((at) => at % 6));
  t.regex((await refused(t, 'projection', {features}, folder)).message, /no sample to learn from: "label 6"/);
  await t.notThrowsAsync(run('projection', {...quick, out: 'a', features, emptyClasses: 'allow'}, folder));

  await write({labelFeatures: {data: new Float32Array(7 * 5).fill(1), shape: [7, 5]}});
  const width = await refused(t, 'projection', {features}, folder);
  t.is(width.code, 'ERR_SHAPE');
  t.regex(width.message, /same width .* got 12 and 5/);

  await write({});
  t.is((await refused(t, 'labels', {features}, folder)).code, 'ERR_CONFIG');
  t.regex((await refused(t, 'projection', {}, folder)).message, /one of "features" and "images"/);
  t.regex(
    (await refused(t, 'projection', {feature: 'x'}, folder)).message,
    /unknown key "feature"; there are out,/,
  );
  t.regex(
    (await refused(t, 'joint', {features, classes: 9}, folder)).message,
    /"classes" is 9; .* has 7 labels/,
  );
  const batch = {features, classes: 3, batchSize: 8, accumulation: 3};
  t.regex((await refused(t, 'joint', batch, folder)).message, /divides into 3 parts/);
});

test('a class folder without images and an image that is none are told', async (t) => {
  const folder = temporaryFolder(t);
  const {classifier} = await tinyModels();
  const root = await pictures(folder);
  writeFileSync(join(root, 'red_thing', 'broken.png'), 'no picture');
  const config = {model: classifier, start: 'scratch', images: 'images'};
  const outcome = await run('classifier', {...quick, ...config, out: 'out'}, folder);
  t.is(outcome.leftOut.length, 1);
  t.true(outcome.leftOut[0]!.what.endsWith('broken.png'));

  for (let n = 0; n < 4; n++) rmSync(join(root, 'red_thing', `${n}.png`));
  const empty = await refused(t, 'classifier', {...config, out: 'other'}, folder);
  t.is(empty.code, 'ERR_VALUE');
  t.regex(empty.message, /no sample to learn from: "red thing"/);
  t.regex(
    (await refused(t, 'classifier', {...config, start: 'weights', out: 'third'}, folder)).message,
    /tells 6 classes apart, images has 3/,
  );
});

test('a loss that is not finite stops, names the step and keeps the last checkpoint', async (t) => {
  const folder = temporaryFolder(t);
  const file = await headFile(folder);
  const {tensors} = await readSafetensors(file);
  const config = {...quick, epochs: 4, features: 'features.safetensors', classes: 3, out: 'out'};
  // Descent at a rate that no loss survives, after a warm-up that lets some checkpoints be written.
  const optimizer = {kind: 'sgd', learningRate: 1e38, warmupSteps: 0, schedule: 'constant'};
  const error = await t.throwsAsync(run('joint', {...config, optimizer}, folder));
  t.regex(error.message, /of step \d+ is not finite/);
  t.is((error as Error & {code: string}).code, 'ERR_VALUE');

  const data = (tensors['features']!.data as Float32Array).slice();
  await run('joint', {...config, out: 'good', epochs: 1}, folder);
  const good = bytes(join(folder, 'good'), 'joint.checkpoint.safetensors');
  data[5] = Number.NaN;
  await writeSafetensors(file, {...tensors, features: {data, shape: [60, 12]}} as never);
  const other = await t.throwsAsync(run('joint', {...config, out: 'good', epochs: 1}, folder));
  // Another file is another training: its checkpoint is refused, and stays.
  t.regex(other.message, /made with another configuration, model or data/);
  t.deepEqual(bytes(join(folder, 'good'), 'joint.checkpoint.safetensors'), good);
});

test('the checkpoint that a loss without a number leaves goes on to the end', async (t) => {
  const folder = temporaryFolder(t);
  const {tensors} = await readSafetensors(await headFile(folder));
  const [features, labelFeatures] = [tensors['features']!, tensors['labelFeatures']!];
  const labels = Array.from({length: 60}, (_, at) => at % 7);
  const [count, batchSize, seed] = [60, 6, 3];
  // The sample of the last place of the first epoch: every step before has seen good ones only.
  const {data: order} = epochOrder(seed, count, 2, batchSize);
  const last = Number(order[count - 1]);
  const broken = {data: (features.data as Float32Array).slice(), shape: features.shape};
  broken.data[12 * last] = Number.NaN;
  await using engine = await Engine.open({device: 'cpu', threads: 1});
  const train = async (own: Tensor, out: string) => {
    using trainer = await Trainer.joint(
      engine,
      {labelFeatures, classes: 3},
      {optimizer: {kind: 'adam', learningRate: 1e-2}},
    );
    const source = memorySource(count, {features: own, labels: integers(labels)});
    const owner = {training: 'joint', identity: 'one and the same'};
    const plan = {trainer, source, owner, out: join(folder, out), name: 'joint', seed, epochs: 2, batchSize};
    return await fit({...plan, checkpointEvery: 4});
  };
  const error = await t.throwsAsync(train(broken, 'cut'));
  t.like(error, {code: 'ERR_VALUE'});
  t.regex(error.message, /loss of step 9 is not finite/);
  const going = await train(features, 'cut');
  t.is(going.resumedFrom, 8);
  t.is((await train(features, 'whole')).resumedFrom, 0);
  const file = 'joint.checkpoint.safetensors';
  t.deepEqual(bytes(join(folder, 'cut'), file), bytes(join(folder, 'whole'), file));
});

test('a checkpoint of another training or model is refused', async (t) => {
  const folder = temporaryFolder(t);
  await headFile(folder);
  const config = {...quick, features: 'features.safetensors', classes: 3, out: 'out'};
  await run('projection', config, folder);
  const from = bytes(join(folder, 'out'), 'projection.checkpoint.safetensors');
  mkdirSync(join(folder, 'joint'));
  writeFileSync(join(folder, 'joint', 'joint.checkpoint.safetensors'), from);
  const error = await t.throwsAsync(run('joint', {...config, out: 'joint'}, folder));
  t.is((error as Error & {code: string}).code, 'ERR_CONFIG');
  t.regex(error.message, /is a checkpoint of "projection", expected one of "joint"/);
  const longer = await t.throwsAsync(run('projection', {...config, epochs: 3}, folder));
  t.regex(longer.message, /another configuration/);

  // The same names and shapes, other numbers.
  const {clip} = await tinyModels();
  cpSync(clip, join(folder, 'model'), {recursive: true});
  await pictures(folder);
  const lsn = {
    ...quick,
    clip: 'model',
    images: 'images',
    contextLength: 3,
    positive: {epochs: 1},
    out: 'lsn',
  };
  await run('lsn', lsn, folder);
  const kept = bytes(join(folder, 'lsn'), 'lsn-positive.checkpoint.safetensors');
  const weights = join(folder, 'model', 'model.safetensors');
  const content = readFileSync(weights);
  content.writeFloatLE(content.readFloatLE(content.length - 4) + 1, content.length - 4);
  writeFileSync(weights, content);
  const other = await t.throwsAsync(run('lsn', lsn, folder));
  t.is((other as Error & {code: string}).code, 'ERR_CONFIG');
  t.regex(other.message, /made with another configuration, model or data/);
  t.deepEqual(bytes(join(folder, 'lsn'), 'lsn-positive.checkpoint.safetensors'), kept);
});
