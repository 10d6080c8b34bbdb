import {writeFileSync} from 'node:fs';
import {join} from 'node:path';
import test, {type ExecutionContext} from 'ava';
import type {SynoodError} from '../../../ts/binding/errors.js';
import {writeSafetensors} from '../../../ts/models/weights/safetensors.js';
import {resolveWeights} from '../../../ts/models/weights/weight-files.js';
import {temporaryFolder} from '../../support/folder.js';

const one = {data: new Float32Array([1]), shape: [1]};
const save = (folder: string, name: string, ...keys: string[]) =>
  writeSafetensors(join(folder, name), Object.fromEntries(keys.map((key) => [key, one])));
const index = (folder: string, name: string, map: Record<string, unknown>) =>
  writeFileSync(join(folder, name), JSON.stringify({metadata: {total_size: 8}, weight_map: map}));

async function fails(t: ExecutionContext, folder: string, message: RegExp, variant?: string): Promise<void> {
  const error = (await t.throwsAsync(resolveWeights(folder, 'model', {variant}))) as SynoodError;
  t.is(error.code, 'ERR_MODEL_FORMAT');
  t.regex(error.message, message);
}

test('a plain file comes before a half-precision one, unless that is asked for', async (t) => {
  const folder = temporaryFolder(t);
  await save(folder, 'model.fp16.safetensors', 'half');
  t.is((await resolveWeights(folder, 'model'))[0]!.entries[0]!.name, 'half', 'the only one there');
  await save(folder, 'model.safetensors', 'full');
  t.is((await resolveWeights(folder, 'model'))[0]!.entries[0]!.name, 'full');
  t.is((await resolveWeights(folder, 'model', {variant: 'fp16'}))[0]!.entries[0]!.name, 'half');
});

for (const [name, indexName, prefix, variant] of [
  ['plain', 'unet.safetensors.index.json', 'unet', undefined],
  ['fp16', 'unet.safetensors.index.fp16.json', 'unet.fp16', 'fp16'],
] as const) {
  test(`shards (${name}) come in order, each once`, async (t) => {
    const folder = temporaryFolder(t);
    const [first, second] = [`${prefix}-00001-of-00002.safetensors`, `${prefix}-00002-of-00002.safetensors`];
    await save(folder, first, 'a', 'b');
    await save(folder, second, 'c');
    index(folder, indexName, {c: second, a: first, b: first});
    const files = await resolveWeights(folder, 'unet', {variant});
    t.deepEqual(
      files.map((file) => file.path),
      [join(folder, first), join(folder, second)],
    );
    t.deepEqual(
      files.flatMap((file) => file.entries.map((entry) => entry.name)),
      ['a', 'b', 'c'],
    );
  });
}

for (const shard of [
  '../model.safetensors',
  '/etc/model.safetensors',
  'sub/model.safetensors',
  'sub\\model.safetensors',
  '..',
  'C:model.safetensors',
  'config.json',
  '',
]) {
  test(`a shard named ${JSON.stringify(shard)} is refused`, async (t) => {
    const folder = temporaryFolder(t);
    index(folder, 'model.safetensors.index.json', {'layer.weight': shard});
    await fails(t, folder, /index\.json: key "layer\.weight" names the shard/);
  });
}

test('what an index promises and a shard lacks is named', async (t) => {
  const folder = temporaryFolder(t);
  const shard = 'model-00001-of-00001.safetensors';
  index(folder, 'model.safetensors.index.json', {a: shard, b: shard});
  await fails(t, folder, /model-00001-of-00001\.safetensors is missing.*key "a"/);
  await save(folder, shard, 'a');
  await fails(t, folder, /key "b" is missing/);
});

test('a key in two shards is named', async (t) => {
  const folder = temporaryFolder(t);
  await save(folder, '1.safetensors', 'a', 'x');
  await save(folder, '2.safetensors', 'b', 'x');
  index(folder, 'model.safetensors.index.json', {a: '1.safetensors', b: '2.safetensors', x: '2.safetensors'});
  await fails(t, folder, /key "x" is in 1\.safetensors too/);
});

test('a malformed index is named', async (t) => {
  const folder = temporaryFolder(t);
  const path = join(folder, 'model.safetensors.index.json');
  writeFileSync(path, '{');
  await fails(t, folder, /index\.json is not valid JSON/);
  index(folder, 'model.safetensors.index.json', {a: 1});
  await fails(t, folder, /"weight_map\.a"/);
  index(folder, 'model.safetensors.index.json', {});
  await fails(t, folder, /empty/);
});

test('a folder without safetensors says what it has', async (t) => {
  const folder = temporaryFolder(t);
  await fails(t, folder, /expected model\.safetensors.*found no weights/);
  writeFileSync(join(folder, 'pytorch_model.bin'), 'x');
  await fails(t, folder, /found only pytorch_model\.bin\. Only safetensors is read/);
  await save(folder, 'other.safetensors', 'a');
  await fails(t, folder, /found only other\.safetensors/);
  await fails(t, folder, /expected model\.bf16\.safetensors/, 'bf16');
});

test('a folder that is not there is ERR_IO', async (t) => {
  const folder = join(temporaryFolder(t), 'none');
  const error = (await t.throwsAsync(resolveWeights(folder, 'model'))) as SynoodError;
  t.is(error.code, 'ERR_IO');
});
