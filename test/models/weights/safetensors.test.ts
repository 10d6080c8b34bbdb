import {readFileSync, truncateSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import test from 'ava';
import type {SynoodError} from '../../../ts/binding/errors.js';
import {
  readSafetensors,
  readSafetensorsHeader,
  writeSafetensors,
} from '../../../ts/models/weights/safetensors.js';
import {temporaryFolder} from '../../support/folder.js';
import {fixture} from '../../support/paths.js';
import {writeRaw} from '../../support/safetensors.js';

const F32 = (shape: number[], begin: number, end: number) => ({
  dtype: 'F32',
  shape,
  data_offsets: [begin, end],
});

test('a file that the reference library wrote is read with every dtype', async (t) => {
  const path = fixture('weights', 'dtypes.safetensors');
  const {tensors, metadata} = await readSafetensors(path);
  t.deepEqual(metadata, {format: 'np'});
  t.deepEqual(tensors['f32'], {data: new Float32Array([0, 1, 2, 3, 4, 5]), shape: [2, 3]});
  t.deepEqual(tensors['f16'], {data: new Float32Array([0.5, -2, 65504]), shape: [3]});
  t.deepEqual(tensors['f64'], {data: new Float64Array([0.1]), shape: [1]});
  t.deepEqual(tensors['i64'], {data: new BigInt64Array([-1n, 1n << 40n]), shape: [2]});
  t.deepEqual(tensors['i32'], {data: new Int32Array([-7]), shape: []});
  t.deepEqual(tensors['u8'], {data: new Uint8Array([255]), shape: [1]});
  t.deepEqual(tensors['empty'], {data: new Float32Array(), shape: [0, 4]});
  const {entries, fileSize} = await readSafetensorsHeader(path);
  t.is(Math.max(...entries.map((entry) => entry.end)), fileSize);
});

test('what is written is read again, in the same bytes whatever the order of the names', async (t) => {
  const folder = temporaryFolder(t);
  const b = {data: new Float32Array([1.5, -2.25]), shape: [2]};
  const a = {data: new Float32Array([3]), shape: []};
  const ids = {data: new BigInt64Array([9n]), shape: [1]};
  await writeSafetensors(join(folder, '1'), {b, ids, a}, {kind: 'test', about: 'ü'});
  await writeSafetensors(join(folder, '2'), {a, b, ids}, {about: 'ü', kind: 'test'});
  t.deepEqual(readFileSync(join(folder, '1')), readFileSync(join(folder, '2')));
  const {tensors, metadata} = await readSafetensors(join(folder, '1'));
  t.deepEqual(tensors, {a, b, ids});
  t.deepEqual(metadata, {kind: 'test', about: 'ü'});
});

test('F16 halves the bytes and refuses what does not fit', async (t) => {
  const path = join(temporaryFolder(t), 'half');
  await writeSafetensors(path, {w: {data: new Float32Array([0.1, 2]), shape: [2]}}, undefined, {
    dtype: 'F16',
  });
  const {entries} = await readSafetensorsHeader(path);
  t.is(entries[0]!.dtype, 'F16');
  t.is(entries[0]!.end - entries[0]!.begin, 4);
  const {tensors} = await readSafetensors(path);
  t.true(Math.abs((tensors['w']!.data as Float32Array)[0]! - 0.1) < 1e-4);
  const tooLarge = {w: {data: new Float32Array([1e5]), shape: [1]}};
  const error = await t.throwsAsync(writeSafetensors(path, tooLarge, undefined, {dtype: 'F16'}));
  t.is((error as SynoodError).code, 'ERR_VALUE');
  t.regex(error.message, /"w"/);
  t.is((await readSafetensors(path)).tensors['w']!.shape[0], 2, 'the older file stands');
});

test('a shape that does not fit its data is refused', async (t) => {
  const path = join(temporaryFolder(t), 'x');
  const error = await t.throwsAsync(writeSafetensors(path, {w: {data: new Float32Array(3), shape: [2]}}));
  t.is((error as SynoodError).code, 'ERR_SHAPE');
});

const malformed: [name: string, write: (path: string) => void, message: RegExp][] = [
  ['an empty file', (path) => writeFileSync(path, ''), /0 bytes/],
  [
    'a header cut off',
    (path) => (writeRaw(path, {a: F32([1], 0, 4)}), truncateSync(path, 20)),
    /has only 20/,
  ],
  [
    'a header length beyond 100 MB',
    (path) => writeRaw(path, {}, undefined, 1n << 60n),
    /more than 100000000/,
  ],
  ['text', (path) => writeRaw(path, 'not json at all'), /not JSON/],
  ['bytes that are no text', (path) => writeRaw(path, '{}', Buffer.from([0xff]), 3n), /UTF-8/],
  ['an array', (path) => writeRaw(path, []), /not a JSON object/],
  [
    'data cut off',
    (path) => writeRaw(path, {layer: F32([2], 0, 8)}, Buffer.alloc(6)),
    /"layer".*beyond the file/,
  ],
  [
    'offsets far beyond',
    (path) => writeRaw(path, {w: F32([1], 2 ** 50, 2 ** 50 + 4)}, Buffer.alloc(4)),
    /"w".*beyond/,
  ],
  [
    'an overlap',
    (path) => writeRaw(path, {a: F32([2], 0, 8), b: F32([2], 4, 12)}, Buffer.alloc(12)),
    /"b" overlaps key "a"/,
  ],
  [
    'a hole',
    (path) => writeRaw(path, {a: F32([1], 0, 4), b: F32([1], 8, 12)}, Buffer.alloc(12)),
    /before key "b"/,
  ],
  [
    'bytes left over',
    (path) => writeRaw(path, {a: F32([1], 0, 4)}, Buffer.alloc(9)),
    /5 bytes after key "a"/,
  ],
  [
    'a size that is not shape x dtype',
    (path) => writeRaw(path, {a: F32([3], 0, 8)}, Buffer.alloc(8)),
    /"a".*needs 12/,
  ],
  ['a negative offset', (path) => writeRaw(path, {a: F32([1], -4, 0)}, Buffer.alloc(4)), /"a".*data_offsets/],
  ['a negative size', (path) => writeRaw(path, {a: F32([-1, -1], 0, 4)}, Buffer.alloc(4)), /"a".*shape/],
  [
    'a size whose product overflows',
    (path) => writeRaw(path, {a: F32([2 ** 40, 2 ** 40], 0, 0)}),
    /"a".*needs/,
  ],
  [
    'an end before its beginning',
    (path) => writeRaw(path, {a: F32([1], 4, 0)}, Buffer.alloc(4)),
    /"a".*after its end/,
  ],
  [
    'an unknown dtype',
    (path) => writeRaw(path, {a: {...F32([1], 0, 4), dtype: 'toString'}}, Buffer.alloc(4)),
    /"a".*dtype/,
  ],
  [
    'a key twice',
    (path) =>
      writeRaw(
        path,
        '{"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]},"\\u0061" : {"dtype":"U8","shape":[1],"data_offsets":[1,2]}}',
        Buffer.alloc(2),
      ),
    /"a" is in the header twice/,
  ],
  ['metadata that is not text', (path) => writeRaw(path, {__metadata__: {a: 1}}), /__metadata__/],
];

for (const [name, write, message] of malformed) {
  test(`malformed: ${name}`, async (t) => {
    const path = join(temporaryFolder(t), 'bad.safetensors');
    write(path);
    const error = (await t.throwsAsync(readSafetensorsHeader(path))) as SynoodError;
    t.is(error.code, 'ERR_MODEL_FORMAT');
    t.true(error.message.includes(path), 'the message names the file');
    t.regex(error.message, message);
  });
}

test('a file that is not there is ERR_IO, a directory is no model', async (t) => {
  const folder = temporaryFolder(t);
  const absent = await t.throwsAsync(readSafetensorsHeader(join(folder, 'none')));
  t.is((absent as SynoodError).code, 'ERR_IO');
  const directory = await t.throwsAsync(readSafetensorsHeader(folder));
  t.is((directory as SynoodError).code, 'ERR_MODEL_FORMAT');
});
