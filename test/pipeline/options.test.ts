import {readdirSync, readFileSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import test from 'ava';
import {runPipeline} from '../../ts/pipeline/run.js';
import {stageNames} from '../../ts/pipeline/stage.js';
import {temporaryFolder} from '../support/folder.js';
import {tinyModels} from '../support/tiny-models.js';
import {tinyConfig, tinyData} from '../support/tiny-run.js';

const jsonl = (path: string): Record<string, unknown>[] =>
  readFileSync(path, 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Record<string, unknown>);

test('contexts of a file, folders of their own, PNDM and the autoencoder', async (t) => {
  const folder = temporaryFolder(t);
  const data = await tinyData(folder, 3);
  const contexts = join(folder, 'contexts.jsonl');
  const ids = ['camel', 'owl'].flatMap((name) =>
    readdirSync(join(folder, 'ind', name)).map((file) => `train/${name}/${file}`),
  );
  writeFileSync(
    contexts,
    ids.map((id) => `${JSON.stringify({[id]: 'a fence and a long, dusty road'})}\n`).join(''),
  );
  const base = tinyConfig(
    {
      ...data,
      contexts,
      calibration: join(folder, 'ind'),
      validation: join(folder, 'ind'),
      inDistributionTests: {shifted: join(folder, 'ind')},
      outOfDistribution: {
        near: join(folder, 'ood', 'near'),
        far: {folder: join(folder, 'ood', 'far'), against: 'shifted'},
      },
    },
    await tinyModels(),
  );
  const out = join(folder, 'out');
  const {evaluation, leftOut} = await runPipeline(
    {
      ...base,
      classNames: {light_bulb: 'lamp'},
      contexts: {source: 'file'},
      synthesize: {...base.synthesize, scheduler: 'pndm', objective: 'reference', contextLength: 12},
      finetune: {...base.finetune, reencode: 'autoencoder', labels: {epochs: 1, negatives: 'all'}},
    },
    {out},
  );
  t.deepEqual(
    leftOut.map(({what}) => what).sort(),
    ['0.png', '1.jpg', '2.png'].map((name) => `inDistribution: light_bulb/${name}`).sort(),
    'images without contexts are named',
  );
  const rows = jsonl(join(out, 'synthetic', 'metadata.jsonl'));
  t.is(rows.length, 6);
  for (const row of rows) t.is(row['prompt'], 'A photo only remain a fence and.');
  t.true(
    rows.every((row) => row['iterations'] === 3),
    'the reference objective never stops early',
  );
  t.deepEqual(
    evaluation!.detectors[0]!.sets.map(({name, against, inCount}) => [name, against, inCount]),
    [
      ['near', 'validation', 9],
      ['far', 'shifted', 9],
    ],
  );
  t.deepEqual(Object.keys(evaluation!.detectors[0]!.means), ['validation', 'shifted']);
  const detector = readFileSync(join(out, 'detector', 'detector.json'), 'utf8');
  t.regex(detector, /"the nice lamp"/);
  const negatives = (JSON.parse(detector) as {negatives: {name: string}[]}).negatives.map(({name}) => name);
  t.false(negatives.includes('camel'), 'a class is never a negative label');
});

test('what cannot work says what to change', async (t) => {
  const folder = temporaryFolder(t);
  const data = await tinyData(folder, 3);
  const models = await tinyModels();
  const config = tinyConfig(data, models);
  const run = (changes: object, stages = stageNames.slice(0, 5)) =>
    runPipeline({...config, ...changes}, {out: join(folder, 'out'), stages});
  const accepted = {
    synthesize: {...config.synthesize, boundary: 99, tolerance: 0.001, maxIterations: 1},
    finetune: {...config.finetune, use: 'accepted'},
  };
  const none = await t.throwsAsync(run(accepted));
  t.like(none, {code: 'ERR_CONFIG'});
  t.regex(none.message, /None of the \d+ synthetic images was accepted.*finetune\.use "all"/);
  const name = await t.throwsAsync(run({classNames: {dog: 'hound'}}));
  t.regex(name.message, /"dog".*there are: camel, light_bulb, owl/);
  const twice = await t.throwsAsync(run({classNames: {owl: 'Camel'}}));
  t.regex(twice.message, /both called/);
  const empty = await t.throwsAsync(run({data: {...data, inDistribution: join(folder, 'ood', 'near')}}));
  t.regex(empty.message, /no images in class folders/);
  const missing = await t.throwsAsync(run({data: {...data, inDistribution: join(folder, 'nowhere')}}));
  t.like(missing, {code: 'ERR_IO'});
  const model = await t.throwsAsync(run({models: {...models, clip: join(folder, 'nowhere')}}));
  t.like(model, {code: 'ERR_IO'});
});
