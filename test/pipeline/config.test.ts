import {mkdirSync, writeFileSync} from 'node:fs';
import {join, resolve} from 'node:path';
import test from 'ava';
import type {SynoodError} from '../../ts/binding/errors.js';
import {readConfig, resolveConfig} from '../../ts/pipeline/config/read-config.js';
import {temporaryFolder} from '../support/folder.js';

const models = {clip: 'c', inpainter: 'i', classifier: 'k'};

function problem(input: unknown): SynoodError {
  try {
    resolveConfig(input);
  } catch (error) {
    return error as SynoodError;
  }
  throw new Error('nothing was wrong');
}

test('an unknown key is an error that names it and the nearest known one', (t) => {
  const cases: [unknown, RegExp][] = [
    [{sead: 1}, /unknown key "sead", did you mean "seed"\?/],
    [{synthesize: {guidance: 3}}, /"synthesize\.guidance", did you mean "synthesize\.guidanceScale"\?/],
    [{finetune: {projection: {lr: 1}}}, /unknown key "finetune\.projection\.lr"/],
    [
      {synthesize: {boundary: {quantle: 0.1}}},
      /"synthesize\.boundary\.quantle", did you mean "synthesize\.boundary\.quantile"\?/,
    ],
    [{world: {name: 'emoji', trainPerclass: 3}}, /did you mean "world\.trainPerClass"\?/],
    [
      {data: {inDistribution: 'x', outOfDistribution: {near: {foldr: 'y'}}}},
      /did you mean "data\.outOfDistribution\.near\.folder"\?/,
    ],
  ];
  for (const [input, message] of cases) {
    const error = problem(input);
    t.is(error.code, 'ERR_CONFIG');
    t.regex(error.message, message);
  }
});

test('a value that does not fit is named with what was expected', (t) => {
  t.regex(problem({synthesize: {strength: 2}}).message, /"synthesize\.strength": .*1/);
  t.regex(problem({synthesize: {prompt: 'no place'}}).message, /"synthesize\.prompt": .*\{contexts\}/);
  t.regex(problem({select: {perClass: 'many'}}).message, /"select\.perClass": .*number/);
  t.regex(problem({engine: {device: 'gpu'}}).message, /"engine\.device"/);
  t.regex(problem([]).message, /expected an object/);
});

test('what only fits together is checked together', (t) => {
  t.regex(problem({data: {}}).message, /data\.inDistribution/);
  t.regex(problem({models: {clip: 'x'}}).message, /all of clip, inpainter and classifier/);
  t.regex(problem({data: {inDistribution: 'x'}, contexts: {source: 'file'}}).message, /data\.contexts/);
  const sets = {near: {folder: 'n', against: 'shifted'}};
  t.regex(
    problem({data: {inDistribution: 'x', outOfDistribution: sets}}).message,
    /against" is "shifted"; there are: validation/,
  );
});

test('without anything it is Emoji World; with own models it has the published settings', (t) => {
  const world = resolveConfig();
  t.is(world.world?.name, 'emoji');
  t.is(world.synthesize.batchSize, 8);
  const own = resolveConfig({data: {inDistribution: 'x'}, models});
  t.is(own.world, undefined);
  t.like(own, {
    select: {perClass: 50},
    synthesize: {steps: 20, strength: 0.6, guidanceScale: 8, batchSize: 2},
    finetune: {use: 'accepted', projection: {epochs: 3, batchSize: 128, learningRate: 1e-3}},
    mine: {quantile: 0.95, share: 0.15},
    evaluate: {groups: 100, temperature: 0.01},
  });
  const photos = resolveConfig({data: {inDistribution: 'x'}});
  t.is(photos.world, undefined);
  t.is(photos.evaluate.groups, world.evaluate.groups, 'the embedded models have their own settings');
});

test('a resolved configuration resolves to itself, also through JSON', (t) => {
  for (const input of [{}, {data: {inDistribution: 'x'}}, {data: {inDistribution: 'x'}, models}]) {
    const once = resolveConfig(input);
    t.deepEqual(resolveConfig(once), once);
    t.deepEqual(
      JSON.parse(JSON.stringify(resolveConfig(JSON.parse(JSON.stringify(once))))),
      JSON.parse(JSON.stringify(once)),
    );
  }
});

test('paths in a file are relative to the file, wherever the program runs', async (t) => {
  const folder = temporaryFolder(t);
  mkdirSync(join(folder, 'deep'));
  const file = join(folder, 'deep', 'run.json');
  const data = {
    inDistribution: '../train',
    outOfDistribution: {near: 'near', far: {folder: '/abs/far'}},
    inDistributionTests: {shifted: 'shifted'},
  };
  writeFileSync(file, JSON.stringify({data, models}));
  const config = await readConfig(file);
  t.is(config.data.inDistribution, join(folder, 'train'));
  t.deepEqual(config.data.outOfDistribution, {
    near: join(folder, 'deep', 'near'),
    far: {folder: resolve('/abs/far'), against: 'validation'},
  });
  t.is(config.data.inDistributionTests['shifted'], join(folder, 'deep', 'shifted'));
  t.is(config.models.clip, join(folder, 'deep', 'c'));
});

test('a file that is no JSON, or is not there, is named', async (t) => {
  const file = join(temporaryFolder(t), 'bad.json');
  writeFileSync(file, '{"seed": 1,}');
  t.like(await t.throwsAsync(readConfig(file)), {code: 'ERR_CONFIG'});
  t.like(await t.throwsAsync(readConfig(`${file}.no`)), {code: 'ERR_IO'});
  writeFileSync(file, '{"sed": 1}');
  t.regex((await t.throwsAsync(readConfig(file))).message, /bad\.json: unknown key "sed"/);
});
