import {readFileSync, writeFileSync} from 'node:fs';
import {cp, rm} from 'node:fs/promises';
import {join} from 'node:path';
import test from 'ava';
import {auroc} from '../../ts/evaluation/auroc.js';
import {FittedDetector} from '../../ts/detection/fitted-detector.js';
import type {FitData} from '../../ts/detection/kind.js';
import {fixedReadings} from '../../ts/detection/readings.js';
import {detectorKinds} from '../../ts/detection/registry.js';
import {sealed} from '../../ts/detection/seal.js';
import {readSafetensors} from '../../ts/models/weights/safetensors.js';
import {Engine} from '../../ts/models/engine.js';
import {temporaryFolder} from '../support/folder.js';
import {runProgram} from '../support/program.js';
import {fixtureData, fixtureTensors} from './fixture-data.js';

const engineOptions = {device: 'cpu', threads: 1} as const;

/** Kinds whose scores are a closed formula of the fixture's numbers, with the settings that it has. */
const published: [kind: string, settings: Record<string, unknown>, score: string][] = [
  ['msp', {}, 'msp'],
  ['max-logit', {}, 'max_logit'],
  ['energy', {}, 'energy'],
  ['energy', {temperature: 5}, 'energy_T5'],
  ['react', {}, 'react'],
  ['knn', {neighbours: 5}, 'knn_5'],
  ['knn', {neighbours: 50}, 'knn_50'],
  ['mahalanobis', {}, 'mahalanobis'],
  ['vim', {dimension: 9}, 'vim'],
  ['mcm', {}, 'mcm'],
  ['mcm', {temperature: 0.1}, 'mcm_T01'],
  ['clipn-ctw', {scale: 10}, 'clipn_ctw'],
  ['clipn-atd', {scale: 10}, 'clipn_atd'],
  ['lsn', {}, 'lsn'],
];

test('scores are those of the published formulas, to 1e-5 of the largest', async (t) => {
  await using engine = await Engine.open(engineOptions);
  const {data, test: images} = await fixtureData();
  const tensor = await fixtureTensors();
  for (const [kind, settings, name] of published) {
    const detector = await FittedDetector.fit(kind, data, {engine}, {settings});
    const scores = await detector.score(images, {engine});
    const expected = Array.from(tensor(`score/${name}`).data, Number);
    const largest = Math.max(...expected.map(Math.abs));
    const worst = Math.max(...expected.map((value, at) => Math.abs(value - scores[at]!)));
    t.true(worst <= 1e-5 * Math.max(1, largest), `${kind} ${JSON.stringify(settings)}: ${worst}`);
  }
});

test('outlier synthesis teaches a head what the outliers are', async (t) => {
  await using engine = await Engine.open(engineOptions);
  const {data, test: images} = await fixtureData();
  for (const [kind, settings] of [
    ['vos', {drawn: 500, rounds: 3, epochs: 30}],
    ['npos', {drawn: 200, rounds: 3, epochs: 5}],
    ['dream-ood', {drawn: 100, epochs: 5}],
  ] as const) {
    const fit = (seed: number) =>
      FittedDetector.fit(kind, {...data, seed}, {engine}, {settings: {...settings}});
    const scores = async (seed: number) => Array.from(await (await fit(seed)).score(images, {engine}));
    const one = await scores(3);
    t.deepEqual(one, await scores(3), `${kind}: the seed alone decides`);
    t.notDeepEqual(one, await scores(4), kind);
  }
  // Features about the classes' means against features about none: the fixture's rows 0, 4, 8, …
  const vos = await FittedDetector.fit('vos', data, {engine}, {settings: {drawn: 500, epochs: 30}});
  const far = Array.from({length: 41}, (_, at) => at).filter((at) => at % 4 === 0);
  const scores = await vos.score(images, {engine});
  const [outs, ins] = [far.map((at) => scores[at]!), [...scores].filter((_, at) => at % 4 !== 0)];
  const plain = await (await FittedDetector.fit('energy', data, {engine})).score(images, {engine});
  const before = auroc(
    [...plain].filter((_, at) => at % 4 !== 0),
    far.map((at) => plain[at]!),
  );
  t.true(auroc(ins, outs) > before, `${before} -> ${auroc(ins, outs)}`);
});

test('every kind is saved, loaded in another process, and scores to the same bytes', async (t) => {
  const folder = temporaryFolder(t);
  await using engine = await Engine.open(engineOptions);
  const {data, test: images} = await fixtureData();
  const quick: Record<string, Record<string, unknown>> = {
    vos: {drawn: 100, rounds: 2, epochs: 2},
    npos: {drawn: 50, rounds: 2, epochs: 2},
    'dream-ood': {drawn: 50, epochs: 2},
    neglabel: {groups: 3, temperature: 0.1},
  };
  const expected: Record<string, string> = {};
  for (const {name} of detectorKinds) {
    const detector = await FittedDetector.fit(name, data, {engine}, {settings: quick[name] ?? {}});
    await detector.calibrate(images, {engine}, 0.8);
    const scores = await detector.score(images, {engine});
    const place = join(folder, name);
    await detector.save(place);
    expected[place] = Buffer.from(scores.buffer, scores.byteOffset, scores.byteLength).toString('hex');
    const above = scores.filter((score) => score >= detector.threshold!).length;
    t.true(above >= 0.8 * scores.length, name);
    const classes = await detector.classify(images, {engine});
    t.is(classes.length, 41);
    t.is((await FittedDetector.load(place)).threshold, detector.threshold);
  }
  t.is(Object.keys(expected).length, 19);
  const {stdout, stderr, code} = await runProgram('dist/test/detection/programs/score-folder.js', [
    ...Object.keys(expected),
  ]);
  t.is(code, 0, stderr);
  t.deepEqual(JSON.parse(stdout), expected);
});

test('a damaged or tampered folder is refused, and says so', async (t) => {
  const folder = temporaryFolder(t);
  await using engine = await Engine.open(engineOptions);
  const {data} = await fixtureData();
  const good = join(folder, 'good');
  await (await FittedDetector.fit('knn', data, {engine})).save(good);
  const json = readFileSync(join(good, 'detector.json'), 'utf8');
  const bytes = readFileSync(join(good, 'detector.safetensors'));
  const refused = async (what: string, change: (place: string) => unknown, message: RegExp) => {
    const place = join(folder, 'changed');
    await rm(place, {recursive: true, force: true});
    await cp(good, place, {recursive: true});
    await change(place);
    const error = await t.throwsAsync(FittedDetector.load(place), {name: 'SynoodError'}, what);
    t.regex(error?.message ?? '', message, what);
  };
  const jsonFile = (place: string) => join(place, 'detector.json');
  const tensorFile = (place: string) => join(place, 'detector.safetensors');
  await refused(
    'a bit flipped',
    (place) => {
      const other = Buffer.from(bytes);
      other[other.length - 5]! ^= 1;
      writeFileSync(tensorFile(place), other);
    },
    /detector\.safetensors is damaged/,
  );
  await refused('cut off', (place) => writeFileSync(tensorFile(place), bytes.subarray(0, 400)), /damaged/);
  await refused(
    'a setting changed',
    (place) => writeFileSync(jsonFile(place), json.replace('50', '5')),
    /changed after it was written/,
  );
  await refused('no JSON', (place) => writeFileSync(jsonFile(place), json.slice(0, 60)), /not valid JSON/);
  await refused('no tensors', (place) => rm(tensorFile(place)), /Cannot read/);
  const about = JSON.parse(json) as Record<string, unknown>;
  await refused(
    'another kind',
    (place) => writeFileSync(jsonFile(place), JSON.stringify(sealed({...about, kind: 'oracle'}))),
    /no detector "oracle"/,
  );
  await refused(
    'an unknown setting',
    (place) => writeFileSync(jsonFile(place), JSON.stringify(sealed({...about, settings: {neighbors: 5}}))),
    /neighbors/,
  );
  // Sealed again over another file: what it lacks is named when it is asked for.
  const {tensors} = await readSafetensors(tensorFile(good));
  t.deepEqual(Object.keys(tensors).sort(), ['bank', 'bias', 'weight']);
  t.is((await FittedDetector.load(good)).settings['neighbours'], 50);
});

test('what cannot be fitted or scored is an error that says why', async (t) => {
  await using engine = await Engine.open(engineOptions);
  const {data} = await fixtureData();
  const fails = async (kind: string, given: FitData, message: RegExp, settings = {}) => {
    const error = await t.throwsAsync(FittedDetector.fit(kind, given, {engine}, {settings}), {
      name: 'SynoodError',
    });
    t.regex(error?.message ?? '', message);
  };
  await fails('oracle', data, /no detector "oracle"; there are: msp/);
  await fails('msp', {...data, head: undefined}, /MSP needs an image classifier/);
  await fails('dream-ood', {...data, render: undefined}, /Dream-OOD needs an inpainter/);
  await fails('knn', data, /"neighbours"/, {neighbours: 0});
  await fails('knn', data, /neighbors/, {neighbors: 3});
  await fails('mcm', {...data, classes: ['bee']}, /two in-distribution classes or more, got only "bee"/);
  await fails('mahalanobis', {...data, labels: [1, 2]}, /a label for each of 210/);
  await fails('mahalanobis', {...data, classes: [...data.classes, 'yak']}, /class 7 has none/);
  const msp = await FittedDetector.fit('msp', data, {engine});
  const broken = fixedReadings({classifier: {data: new Float32Array(48).fill(NaN), shape: [2, 24]}});
  const error = await t.throwsAsync(msp.score(broken, {engine}), {code: 'ERR_VALUE'});
  t.regex(error?.message ?? '', /MSP has no number for image 0: its score is NaN/);
  t.is(
    (await msp.score(fixedReadings({classifier: {data: new Float32Array(), shape: [0, 24]}}), {engine}))
      .length,
    0,
  );
});
