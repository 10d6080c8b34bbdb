import {readFileSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import test from 'ava';
import {cleanOpenAiText} from '../../ts/models/openai-text.js';
import {loadTokenizer} from '../../ts/models/tokenizer.js';
import {temporaryFolder} from '../support/folder.js';
import {fixture} from '../support/paths.js';

const {cases} = JSON.parse(readFileSync(fixture('preprocess', 'openai_tokens.json'), 'utf8')) as {
  cases: {text: string; padded: number[]}[];
};

test("OpenAI's vocabulary file gives open_clip's ids, on entities, quotes, ligatures, emoji and long text too", async (t) => {
  const tokenizer = await loadTokenizer(fixture('preprocess', 'openai_tokenizer'), {manner: 'openai'});
  for (const {text, padded} of cases)
    t.deepEqual([...tokenizer.encode([text]).ids].map(Number), padded, text);
  t.is(tokenizer.padTokenId, 0);
});

test("transformers' files say the same in OpenAI's manner, and other ids in their own", async (t) => {
  const folder = fixture('inpaint', 'pipeline-9ch', 'tokenizer');
  const own = await loadTokenizer(folder);
  const openAi = await loadTokenizer(folder, {manner: 'openai'});
  const words = (text: string, tokenizer: typeof own) => [...tokenizer.encode([text], {pad: false}).ids];
  t.deepEqual(words('a nice street', own), words('a nice street', openAi));
  t.notDeepEqual(words('caf\u00e9 &amp; it\u2019s', own), words('caf\u00e9 &amp; it\u2019s', openAi));
  t.deepEqual(words("it's", own), words('it\u2019s', openAi));
  t.not(own.fingerprint, openAi.fingerprint);
});

test('what is not repaired: text that was decoded by the wrong encoding', (t) => {
  t.is(cleanOpenAiText('s\u00c3\u00b3'), 's\u00e3\u00b3');
});

test('a vocabulary file of something else is named', async (t) => {
  const folder = temporaryFolder(t);
  writeFileSync(join(folder, 'bpe_simple_vocab_16e6.txt.gz'), 'not compressed');
  await t.throwsAsync(loadTokenizer(folder, {manner: 'openai'}), {
    message: /bpe_simple_vocab.*no byte-pair vocabulary/,
  });
});
