import {readFileSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import test from 'ava';
import type {ErrorCode, SynoodError} from '../../ts/binding/errors.js';
import {loadTokenizer} from '../../ts/models/tokenizer.js';
import {temporaryFolder} from '../support/folder.js';
import {fixture} from '../support/paths.js';

interface Case {
  tokenizer: string;
  text: string;
  ids: number[];
  padded: number[];
}

const {cases} = JSON.parse(readFileSync(fixture('preprocess', 'tokens.json'), 'utf8')) as {cases: Case[]};
const folderOf = (name: string): string => fixture('inpaint', name, 'tokenizer');
const numbers = (ids: BigInt64Array): number[] => [...ids].map(Number);

for (const name of ['pipeline-9ch', 'pipeline-4ch']) {
  test(`${name} gives transformers' ids`, async (t) => {
    const tokenizer = await loadTokenizer(folderOf(name));
    const own = cases.filter((item) => item.tokenizer.includes(name));
    const {ids, shape} = tokenizer.encode(own.map(({text}) => text));
    t.deepEqual(shape, [own.length, 77]);
    own.forEach(({text, padded}, row) => {
      t.deepEqual(numbers(ids.subarray(row * 77, (row + 1) * 77)), padded, text);
    });
  });
}

test('a text that is too long is cut and keeps its end', async (t) => {
  const tokenizer = await loadTokenizer(folderOf('pipeline-9ch'));
  const whole = numbers(tokenizer.encode(['mountain river lake'], {pad: false}).ids);
  const cut = numbers(tokenizer.encode(['mountain river lake'], {maxLength: 4}).ids);
  t.deepEqual(cut, [...whole.slice(0, 3), tokenizer.eosTokenId]);
  const pair = tokenizer.encode(['mountain river lake', ''], {pad: false});
  t.deepEqual(pair.shape, [2, whole.length]);
  t.is(Number(pair.ids.at(-1)), tokenizer.padTokenId);
});

test('the pad token of special_tokens_map.json wins over tokenizer_config.json', async (t) => {
  const folder = temporaryFolder(t);
  for (const name of ['vocab.json', 'merges.txt', 'tokenizer_config.json']) {
    writeFileSync(join(folder, name), readFileSync(join(folderOf('pipeline-9ch'), name)));
  }
  t.is((await loadTokenizer(folder)).padTokenId, 999);
  writeFileSync(join(folder, 'special_tokens_map.json'), '{"pad_token": {"content": "!", "lstrip": false}}');
  const tokenizer = await loadTokenizer(folder);
  t.is(tokenizer.padTokenId, 0);
  t.is(tokenizer.eosTokenId, 999);
  t.is(tokenizer.maxLength, 77);
  t.deepEqual(tokenizer.encode([]).shape, [0, 77]);
});

test('a damaged tokenizer is named', async (t) => {
  const folder = temporaryFolder(t);
  const failsWith = async (code: ErrorCode, message: RegExp) => {
    const error = (await t.throwsAsync(loadTokenizer(folder))) as SynoodError;
    t.is(error.code, code);
    t.regex(error.message, message);
  };
  await failsWith('ERR_IO', /vocab\.json/);
  writeFileSync(join(folder, 'vocab.json'), '{"a": 0}');
  await failsWith('ERR_IO', /merges\.txt/);
  writeFileSync(join(folder, 'merges.txt'), '#version: 0.2\na b\nc\n');
  await failsWith('ERR_MODEL_FORMAT', /merges\.txt, line 3/);
  writeFileSync(join(folder, 'merges.txt'), '');
  await failsWith('ERR_MODEL_FORMAT', /"<\|startoftext\|>" is not in the vocabulary/);
  writeFileSync(join(folder, 'tokenizer.json'), '{');
  await failsWith('ERR_MODEL_FORMAT', /tokenizer\.json is not valid JSON/);
});
