import {readFileSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import test from 'ava';
import type {ErrorCode, SynoodError} from '../../ts/binding/errors.js';
import {loadTokenizer} from '../../ts/models/tokenizer.js';
import {temporaryFolder} from '../support/folder.js';
import {fixture} from '../support/paths.js';

interface Golden {
  texts: string[];
  cases: {folder: string; maxLength: number; pad: boolean; ids: number[][]}[];
}

const golden = JSON.parse(readFileSync(fixture('tokenizer', 'golden.json'), 'utf8')) as Golden;
const folderOf = (name: string): string => fixture('inpaint', name, 'tokenizer');

for (const {folder, maxLength, pad, ids} of golden.cases) {
  test(`${folder} gives transformers' ids (at most ${maxLength}${pad ? ', padded' : ''})`, async (t) => {
    const tokenizer = await loadTokenizer(folderOf(folder));
    const result = tokenizer.encode(golden.texts, {maxLength, pad});
    t.deepEqual(result.shape, [golden.texts.length, ids[0]!.length]);
    golden.texts.forEach((text, row) => {
      const length = result.shape[1];
      t.deepEqual([...result.ids.subarray(row * length, (row + 1) * length)].map(Number), ids[row], text);
    });
  });
}

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
