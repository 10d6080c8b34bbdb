import {mkdirSync, readdirSync, readFileSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import test from 'ava';
import type {SynoodError} from '../../../ts/binding/errors.js';
import {writeFileAtomic} from '../../../ts/data/files/atomic-file.js';
import {canonicalJson, hashBytes, hashFile, hashJson} from '../../../ts/data/files/canonical-hash.js';
import {JsonlWriter, readJsonl, writeJsonl} from '../../../ts/data/files/jsonl.js';
import {temporaryFolder} from '../../support/folder.js';

test('a file appears whole, in folders that are made, with nothing left beside it', async (t) => {
  const folder = temporaryFolder(t);
  const path = join(folder, 'deep', 'er', 'file.txt');
  await writeFileAtomic(path, 'ü');
  await writeFileAtomic(path, [Buffer.from('a'), Buffer.from('b')]);
  t.is(readFileSync(path, 'utf8'), 'ab');
  t.deepEqual(readdirSync(join(folder, 'deep', 'er')), ['file.txt']);
});

test('a write that fails leaves the older file and nothing else', async (t) => {
  const folder = temporaryFolder(t);
  const path = join(folder, 'file.txt');
  await writeFileAtomic(path, 'old');
  function* broken(): Generator<Uint8Array> {
    yield Buffer.from('new');
    throw new Error('the source broke');
  }
  const error = (await t.throwsAsync(writeFileAtomic(path, broken()))) as SynoodError;
  t.is(error.code, 'ERR_IO');
  t.regex(error.message, /file\.txt: the source broke/);
  t.is(readFileSync(path, 'utf8'), 'old');
  t.deepEqual(readdirSync(folder), ['file.txt']);
  mkdirSync(join(folder, 'taken'));
  await t.throwsAsync(writeFileAtomic(join(folder, 'taken'), 'x'), {message: /Cannot write .*taken/});
  t.deepEqual(readdirSync(folder), ['file.txt', 'taken']);
});

test('JSON lines: what is written is read, a cut-off last line is left out', async (t) => {
  const path = join(temporaryFolder(t), 'rows.jsonl');
  t.deepEqual(await readJsonl(path), []);
  await writeJsonl(path, [{a: 1}, {b: 'line\nend'}]);
  t.deepEqual(await readJsonl(path), [{a: 1}, {b: 'line\nend'}]);
  const whole = readFileSync(path, 'utf8');
  for (let length = 0; length < whole.length; length++) {
    writeFileSync(path, whole.slice(0, length));
    const rows = await readJsonl(path);
    t.is(rows.length, length < 7 ? 0 : length < whole.length - 1 ? 1 : 2, `cut at ${length}`);
  }
});

test('JSON lines: a broken line in the middle is an error that names it', async (t) => {
  const path = join(temporaryFolder(t), 'rows.jsonl');
  writeFileSync(path, '{"a":1}\n\n{oops\n{"b":2}\n');
  const error = (await t.throwsAsync(readJsonl(path))) as SynoodError;
  t.is(error.code, 'ERR_CONFIG');
  t.regex(error.message, /rows\.jsonl, line 3/);
});

test('JSON lines: appending goes on after an interruption, wherever it cut', async (t) => {
  const folder = temporaryFolder(t);
  const whole = '{"n":0}\n{"n":1}\n';
  for (let length = 0; length <= whole.length; length++) {
    const path = join(folder, `${length}.jsonl`);
    writeFileSync(path, whole.slice(0, length));
    const before = await readJsonl(path);
    const writer = await JsonlWriter.open(path);
    await Promise.all([writer.append({n: 'x'}), writer.append({n: 'y'}, {n: 'z'})]);
    await writer.close();
    t.deepEqual(await readJsonl(path), [...before, {n: 'x'}, {n: 'y'}, {n: 'z'}]);
    t.regex(readFileSync(path, 'utf8'), /^(\{"n":[^\n]*\}\n)+$/);
  }
});

test('canonical JSON does not depend on the order of keys, and refuses what JSON cannot hold', (t) => {
  t.is(
    canonicalJson({b: [1, {d: null, c: 'ü'}], a: undefined, A: 1.5}),
    '{"A":1.5,"b":[1,{"c":"ü","d":null}]}',
  );
  t.is(hashJson({x: 1, y: 2}), hashJson({y: 2, x: 1}));
  t.not(hashJson({x: 1}), hashJson({x: '1'}));
  t.throws(() => canonicalJson({a: NaN}), {message: /NaN/});
  t.throws(() => canonicalJson([1n]), {message: /bigint/});
});

test('hashes are SHA-256, of files too', async (t) => {
  const abc = 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad';
  t.is(hashBytes('abc'), abc);
  const path = join(temporaryFolder(t), 'abc');
  writeFileSync(path, 'abc');
  t.is(await hashFile(path), abc);
  t.is(((await t.throwsAsync(hashFile(`${path}.none`))) as SynoodError).code, 'ERR_IO');
});
