import {cpSync, readdirSync, readFileSync, truncateSync, utimesSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {setTimeout as delay} from 'node:timers/promises';
import test, {type ExecutionContext} from 'ava';
import {SynoodError} from '../../ts/binding/errors.js';
import type {EngineCore} from '../../ts/engine/engine-core.js';
import {COMPUTATION, computeOf} from '../../ts/features/computation.js';
import {FeatureBank} from '../../ts/features/feature-bank.js';
import {spaceId} from '../../ts/features/feature-space.js';
import type {FeatureStore} from '../../ts/features/feature-store.js';
import {temporaryFolder} from '../support/folder.js';
import {runProgram} from '../support/program.js';
import {keyOf, rowOf, space} from './rows.js';

const APPEND = 'dist/test/features/programs/append.js';
const numbers = (count: number, first = 0) => Array.from({length: count}, (_, at) => first + at);

async function filled(folder: string, count: number, first = 0, model = 'a'): Promise<FeatureStore> {
  const store = await (await FeatureBank.open(folder)).store(space(model));
  for (const number of numbers(count, first)) await store.append(keyOf(number), rowOf(number));
  await store.flush();
  return store;
}

const reopened = async (folder: string, model = 'a') => (await FeatureBank.open(folder)).store(space(model));

const segmentsOf = (folder: string, model = 'a') => {
  const inside = join(folder, spaceId(space(model)));
  const names = readdirSync(inside).filter((name) => name.endsWith('.safetensors') && !name.startsWith('.'));
  return names.map((name) => join(inside, name));
};

/** Each of these images has its own row or none; returns how many have one. */
async function rightOrAbsent(t: ExecutionContext, store: FeatureStore, count: number): Promise<number> {
  const rows = await store.read(numbers(count).map(keyOf));
  rows.forEach((row, number) => {
    if (row) t.deepEqual(row, rowOf(number));
  });
  return rows.filter(Boolean).length;
}

test('rows are read back by content, whatever the order and the segments they lie in', async (t) => {
  const folder = temporaryFolder(t);
  await filled(folder, 40);
  const second = await filled(folder, 30, 40);
  t.is(segmentsOf(folder).length, 2);
  t.is(second.size, 70);
  const store = await reopened(folder);
  t.is(await rightOrAbsent(t, store, 70), 70);
  const asked = [63, 2, 41, 2, 999, 0];
  const rows = await store.read(asked.map(keyOf));
  t.deepEqual(rows, [rowOf(63), rowOf(2), rowOf(41), rowOf(2), undefined, rowOf(0)]);
  const matrix = await store.matrix([keyOf(5), keyOf(50)], 'image');
  t.deepEqual(matrix, {data: Float32Array.of(...rowOf(5)['image']!, ...rowOf(50)['image']!), shape: [2, 6]});
  await t.throwsAsync(store.matrix([keyOf(999)], 'image'), {
    instanceOf: SynoodError,
    message: /no row of image 0/,
  });
  await t.throwsAsync(store.append(keyOf(1), {image: new Float32Array(6)}), {message: /"logits" to have 3/});
});

test("another model's features are never returned, also from a file that was put in the wrong folder", async (t) => {
  const folder = temporaryFolder(t);
  await filled(folder, 5, 0, 'a');
  await filled(folder, 5, 100, 'b');
  t.is(await rightOrAbsent(t, await reopened(folder, 'b'), 5), 0);
  cpSync(segmentsOf(folder, 'a')[0]!, join(folder, spaceId(space('b')), 'moved.safetensors'));
  const store = await reopened(folder, 'b');
  t.is(await rightOrAbsent(t, store, 5), 0);
  t.regex(store.damaged[0]!.reason, /another model/);
});

test('features of another version of the computation, or of other arithmetic, are never returned', async (t) => {
  const folder = temporaryFolder(t);
  const info = {
    libtorchVersion: '2.13.0',
    device: 'cpu',
    deviceName: 'a processor',
    dtype: 'float32',
    threads: 2,
  } as EngineCore['info'];
  const now = {...space(), compute: computeOf({info}, 32)};
  t.is((now.compute as {version: number}).version, COMPUTATION);
  const bank = await FeatureBank.open(folder);
  const store = await bank.store(now);
  await store.append(keyOf(1), rowOf(1));
  await store.flush();
  const others = [
    computeOf({info}, 32, COMPUTATION + 1),
    computeOf({info}, 16),
    computeOf({info: {...info, threads: 1}}, 32),
    computeOf({info: {...info, libtorchVersion: '2.12.0'}}, 32),
  ];
  for (const compute of others) {
    const other = await bank.store({...now, compute});
    t.false(other.has(keyOf(1)));
    t.deepEqual(await other.read([keyOf(1)]), [undefined]);
  }
  t.deepEqual(await (await bank.store(now)).read([keyOf(1)]), [rowOf(1)]);
});

test('a segment that is cut off or damaged gives its right rows or none', async (t) => {
  const folder = temporaryFolder(t);
  await filled(folder, 20);
  const [path] = segmentsOf(folder);
  const whole = readFileSync(path!);
  for (let cut = 0; cut < whole.length; cut += 97) {
    truncateSync(path!, cut);
    const store = await reopened(folder);
    t.is(await rightOrAbsent(t, store, 20), 0);
    t.is(store.damaged.length, 1);
    writeFileSync(path!, whole);
  }
  for (let at = 0; at < whole.length; at += 13) {
    const changed = Buffer.from(whole);
    changed[at]! ^= 0x41;
    writeFileSync(path!, changed);
    const store = await reopened(folder);
    const found = await rightOrAbsent(t, store, 20);
    t.true(found < 20 || store.damaged.length === 0);
  }
});

test('a damaged row that is encoded again is found from then on', async (t) => {
  const folder = temporaryFolder(t);
  await filled(folder, 3);
  const [path] = segmentsOf(folder);
  const changed = readFileSync(path!);
  const value = rowOf(1)['image']!;
  changed[changed.indexOf(Buffer.from(value.buffer, value.byteOffset, 8))]! ^= 1;
  writeFileSync(path!, changed);
  const store = await reopened(folder);
  t.deepEqual(await store.read([0, 1, 2].map(keyOf)), [rowOf(0), undefined, rowOf(2)]);
  t.false(store.has(keyOf(1)));
  await store.append(keyOf(1), rowOf(1));
  await store.flush();
  const later = await reopened(folder);
  t.is(await rightOrAbsent(t, later, 3), 3);
});

test('a process that is killed in the middle of an append leaves whole rows, and the next goes on', async (t) => {
  for (const wait of [0, 5, 20, 45]) {
    const folder = temporaryFolder(t);
    let kill: ((signal: NodeJS.Signals) => void) | undefined;
    const running = runProgram(APPEND, [folder, '0', '1000000', '7'], {onStart: (given) => (kill = given)});
    // From the first segment on, so that the kill meets a write.
    while (true) {
      await delay(10);
      const begun = await reopened(folder).then((store) => store.size);
      if (begun > 0) break;
    }
    await delay(wait);
    kill!('SIGKILL');
    const {stdout, signal} = await running;
    t.is(signal, 'SIGKILL');
    const told = Number(stdout.trim().split('\n').at(-1) ?? 0);
    const store = await reopened(folder);
    t.deepEqual(store.damaged, []);
    t.true(store.size >= told, `${store.size} of ${told}`);
    t.is(await rightOrAbsent(t, store, store.size), store.size);
    t.is((await filled(folder, store.size + 10)).size, store.size + 10);
  }
});

test('two processes share a bank', async (t) => {
  const folder = temporaryFolder(t);
  const both = await Promise.all([
    runProgram(APPEND, [folder, '0', '300', '5']),
    runProgram(APPEND, [folder, '200', '300', '3']),
  ]);
  t.deepEqual(
    both.map(({code, stderr}) => ({code, stderr})),
    [
      {code: 0, stderr: ''},
      {code: 0, stderr: ''},
    ],
  );
  const store = await reopened(folder);
  t.is(await rightOrAbsent(t, store, 500), 500);
  t.deepEqual(store.damaged, []);
  const other = await reopened(folder);
  await other.append(keyOf(700), rowOf(700));
  await other.flush();
  t.false(store.has(keyOf(700)));
  await store.refresh();
  t.true(store.has(keyOf(700)));
});

test('a folder of something else is no bank, and a space keeps its name', async (t) => {
  const folder = temporaryFolder(t);
  writeFileSync(join(folder, 'thesis.txt'), 'words');
  const error = (await t.throwsAsync(FeatureBank.open(folder))) as SynoodError;
  t.is(error.code, 'ERR_CONFIG');
  t.regex(error.message, /no feature bank/);
  const bank = temporaryFolder(t);
  await filled(bank, 2);
  const file = join(bank, spaceId(space()), 'space.json');
  writeFileSync(file, JSON.stringify(space('b')));
  t.is(((await t.throwsAsync(reopened(bank))) as SynoodError).code, 'ERR_CONFIG');
});

test('what a killed write left behind goes in time', async (t) => {
  const folder = temporaryFolder(t);
  await filled(folder, 2);
  const inside = join(folder, spaceId(space()));
  for (const name of ['.old.safetensors.1.aa.part', '.new.safetensors.2.bb.part'])
    writeFileSync(join(inside, name), 'half');
  utimesSync(join(inside, '.old.safetensors.1.aa.part'), 1, 1);
  await reopened(folder);
  const left = readdirSync(inside).filter((name) => name.endsWith('.part'));
  t.deepEqual(left, ['.new.safetensors.2.bb.part']);
});
