import {appendFileSync, readdirSync, readFileSync, statSync, truncateSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import test from 'ava';
import {Engine} from '../../ts/models/engine.js';
import {trainingJobs} from '../../ts/training/jobs/all.js';
import type {JobContext} from '../../ts/training/jobs/job.js';
import {checkTrainingConfig} from '../../ts/training/jobs/read-config.js';
import {temporaryFolder} from '../support/folder.js';
import {trainingConfigs} from '../support/training-data.js';

async function run(name: string, config: object, folder: string, options: Partial<JobContext> = {}) {
  await using engine = await Engine.open({device: 'cpu', threads: 1});
  const job = trainingJobs.find((one) => one.name === name)!;
  return await job.run(checkTrainingConfig(job, config, 'test'), {engine, folder, ...options});
}

const quick = {epochs: 5, batchSize: 8, checkpointEvery: 3};

/** The weights that a training wrote, by file. */
const weightsIn = (folder: string): Record<string, string> =>
  Object.fromEntries(
    readdirSync(folder, {recursive: true, encoding: 'utf8'})
      .filter((file) => file.endsWith('.safetensors'))
      .map((file) => [file, readFileSync(join(folder, file)).toString('base64')]),
  );

test('pixels that are decoded again for every step give the bytes of those that stay in memory', async (t) => {
  const folder = temporaryFolder(t);
  const configs = await trainingConfigs(folder);
  for (const name of ['clip', 'clipn', 'classifier', 'autoencoder', 'denoiser']) {
    const config = {...quick, ...configs[name]};
    await run(name, {...config, out: `${name}-whole`}, folder);
    await run(name, {...config, out: `${name}-streamed`}, folder, {pixelMemory: 0});
    const whole = weightsIn(join(folder, `${name}-whole`));
    t.true(Object.keys(whole).length >= 2);
    t.deepEqual(weightsIn(join(folder, `${name}-streamed`)), whole, name);
  }
});

test('streamed pixels go on after a cut with the same bytes, and a file that is none is an error that names it', async (t) => {
  const folder = temporaryFolder(t);
  const {clip} = await trainingConfigs(folder);
  const config = {...quick, epochs: 12, ...clip};
  const pixelMemory = 0;
  await run('clip', {...config, out: 'whole'}, folder, {pixelMemory});
  const controller = new AbortController();
  const onStep: JobContext['onStep'] = (_, {step}) => {
    if (step >= 10) controller.abort();
  };
  const cut = run('clip', {...config, out: 'cut'}, folder, {pixelMemory, signal: controller.signal, onStep});
  t.like(await t.throwsAsync(cut), {code: 'ERR_ABORTED'});
  const going = await run('clip', {...config, out: 'cut'}, folder, {pixelMemory});
  t.true(going.trainings['clip']!.resumedFrom > 0);
  t.deepEqual(weightsIn(join(folder, 'cut')), weightsIn(join(folder, 'whole')));
  writeFileSync(join(folder, 'images', 'red_thing', '2.png'), 'no picture');
  const error = await t.throwsAsync(run('clip', {...config, out: 'other'}, folder, {pixelMemory}));
  t.like(error, {code: 'ERR_IMAGE'});
  t.regex(error.message, /red_thing\/2\.png/);
});

test('a checkpoint is refused when an image has changed, even to a file of the same size', async (t) => {
  const folder = temporaryFolder(t);
  const configs = await trainingConfigs(folder);
  const image = join(folder, 'images', 'red_thing', '2.png');
  const {clip} = configs['clip'] as {clip: string};
  const rows = ['red_thing/2', 'red_thing/1', 'green_thing/0', 'blue_thing/3'].map((id) =>
    JSON.stringify({image: `images/${id}.png`, caption: id}),
  );
  writeFileSync(join(folder, 'pairs.jsonl'), rows.join('\n'));
  const {model, size} = configs['denoiser'] as {model: string; size: number};
  const trainings: [string, object][] = [
    ['clip', {clip, pairs: 'pairs.jsonl', batchSize: 2}],
    ['clipn', {clip, pairs: 'pairs.jsonl', batchSize: 2}],
    ['denoiser', {model, size, pairs: 'pairs.jsonl', batchSize: 2}],
    ['projection', {images: {clip, classes: 'images'}}],
    ['lsn', {...configs['lsn']}],
    ['classifier', {...configs['classifier']}],
    ['autoencoder', {...configs['autoencoder']}],
  ];
  const start = ([name, config]: [string, object]) =>
    run(name, {...quick, epochs: 1, ...config, out: name}, folder);
  const length = statSync(image).size;
  // What stands behind a PNG's end changes no pixel, but the file.
  appendFileSync(image, Buffer.from([1]));
  for (const training of trainings) await start(training);
  for (const training of trainings) await t.notThrowsAsync(start(training), training[0]);
  truncateSync(image, length);
  appendFileSync(image, Buffer.from([2]));
  for (const training of trainings) {
    const error = await t.throwsAsync(start(training), undefined, training[0]);
    t.like(error, {code: 'ERR_CONFIG'}, training[0]);
    t.regex(error.message, /made with another configuration, model or data/);
  }
});
