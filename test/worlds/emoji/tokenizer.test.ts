import {readFileSync} from 'node:fs';
import test from 'ava';
import {Tokenizer} from '@huggingface/tokenizers';
import {emojiAsset} from '../../../ts/worlds/emoji/assets.js';
import {remainPrompt} from '../../../ts/worlds/emoji/captions.js';
import {classNames, negativeVocabulary} from '../../../ts/worlds/emoji/vocabulary.js';
import {fixture} from '../../support/paths.js';

const asset = (name: string): string => readFileSync(emojiAsset('tokenizer', name), 'utf8');
const config = JSON.parse(asset('tokenizer_config.json'));
const tokenizer = new Tokenizer(JSON.parse(asset('tokenizer.json')), config);
const vocab = JSON.parse(asset('vocab.json')) as Record<string, number>;

test('ids are those of the Rust tokenizers library', (t) => {
  const rows = JSON.parse(readFileSync(fixture('emoji_tokenizer', 'ids.json'), 'utf8')) as {
    text: string;
    ids: number[];
  }[];
  t.true(rows.length > 5);
  for (const {text, ids} of rows) t.deepEqual(tokenizer.encode(text).ids, ids, text);
});

test('every name of the world survives the round trip, one token a word', (t) => {
  for (const name of [...classNames, ...negativeVocabulary]) {
    const {ids} = tokenizer.encode(name);
    t.is(tokenizer.decode(ids, {skip_special_tokens: true}).replaceAll(' - ', '-').trim(), name);
    t.is(ids.length, name.split(/ |(-)/).filter(Boolean).length + 2, name);
  }
});

test('a prompt of three contexts fits into the text length', (t) => {
  const longest = [...negativeVocabulary].sort((a, b) => b.split(' ').length - a.split(' ').length);
  t.true(tokenizer.encode(remainPrompt(longest.slice(0, 3))).ids.length <= config.model_max_length);
});

test('the end of text has the highest id: that is where CLIP reads its text feature', (t) => {
  t.is(vocab['<|endoftext|>'], Math.max(...Object.values(vocab)));
  const ids = Object.values(vocab).sort((a, b) => a - b);
  t.deepEqual(ids, [...ids.keys()]);
  const merges = asset('merges.txt').trimEnd().split('\n').slice(1);
  t.is(merges.length, Object.keys(vocab).length - 512 - 2);
});
