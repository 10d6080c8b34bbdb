// Trains Emoji World's tokenizer: CLIP's own kind (byte-level BPE, lower case, `</w>` at a word's end), of about two
// thousand tokens, in the files that CLIP checkpoints carry.
//
//   node scripts/train-emoji-tokenizer.mjs [folder]
//
// Needs the compiled package (npm run build:ts). Sennrich, Haddow and Birch, "Neural machine translation of rare words
// with subword units", 2016; the merge order is by count, then by the pair's text, so the result is always the same.

import {mkdirSync, writeFileSync} from 'node:fs';
import {dirname, join} from 'node:path';
import {fileURLToPath} from 'node:url';
import {captionOf, remainCaption} from '../dist/ts/worlds/emoji/captions.js';
import {backgroundColours} from '../dist/ts/worlds/emoji/background.js';
import {concepts} from '../dist/ts/worlds/emoji/concepts.js';
import {Random} from '../dist/ts/worlds/emoji/random.js';
import {classNames, negativeVocabulary} from '../dist/ts/worlds/emoji/vocabulary.js';

const VOCABULARY = 2000;
const CONTEXT = 32;
const CAPTIONS = 20_000;
const START = '<|startoftext|>';
const END = '<|endoftext|>';
const WORDS = /'s|'t|'re|'ve|'m|'ll|'d|\p{L}+|\p{N}|[^\s\p{L}\p{N}]+/gu;

/** GPT-2's table: every byte as a character that can be printed. */
function byteCharacters() {
  const printable = [];
  for (const [from, to] of [
    ['!', '~'],
    ['¡', '¬'],
    ['®', 'ÿ'],
  ])
    for (let code = from.codePointAt(0); code <= to.codePointAt(0); code++) printable.push(code);
  const table = new Map(printable.map((code) => [code, String.fromCodePoint(code)]));
  let extra = 256;
  for (let byte = 0; byte < 256; byte++) if (!table.has(byte)) table.set(byte, String.fromCodePoint(extra++));
  return table;
}

const characters = byteCharacters();

function symbolsOf(word) {
  const symbols = [...Buffer.from(word, 'utf8')].map((byte) => characters.get(byte));
  symbols[symbols.length - 1] += '</w>';
  return symbols;
}

/** Every word of the vocabulary counts at least this much, or a rare name would be spelled letter by letter. */
const LEAST = 100;

function countWords() {
  const random = Random.of(0, 'tokenizer');
  const colours = [undefined, ...Object.keys(backgroundColours)];
  const counts = new Map();
  const add = (text, weight) => {
    for (const word of text.normalize('NFC').toLowerCase().match(WORDS) ?? [])
      counts.set(word, (counts.get(word) ?? 0) + weight);
  };
  for (let index = 0; index < CAPTIONS; index++) {
    const background = random.choice(colours);
    const [subject, ...contexts] = random.sample([...concepts.keys()], 1 + random.integer(3));
    add(captionOf(random, {subjects: [subject], contexts, background}), 1);
    add(captionOf(random, {subjects: [], contexts, background}), 0.25);
    add(remainCaption(random, {subjects: [subject, ...contexts], contexts: [], background}), 0.25);
  }
  for (const name of [...classNames, ...negativeVocabulary]) add(name, LEAST);
  return counts;
}

function train(counts, merges) {
  const words = [...counts]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([word, count]) => ({symbols: symbolsOf(word), count}));
  const learned = [];
  while (learned.length < merges) {
    const pairs = new Map();
    for (const {symbols, count} of words)
      for (let at = 0; at + 1 < symbols.length; at++) {
        const pair = `${symbols[at]} ${symbols[at + 1]}`;
        pairs.set(pair, (pairs.get(pair) ?? 0) + count);
      }
    if (pairs.size === 0) break;
    const [best] = [...pairs].reduce((a, b) => (b[1] > a[1] || (b[1] === a[1] && b[0] < a[0]) ? b : a));
    const [first, second] = best.split(' ');
    learned.push([first, second]);
    for (const word of words)
      for (let at = 0; at + 1 < word.symbols.length; at++)
        if (word.symbols[at] === first && word.symbols[at + 1] === second)
          word.symbols.splice(at, 2, first + second);
  }
  const pieces = words.map(({symbols}) => symbols.length);
  console.log(
    `${words.length} words; ${Math.max(...pieces)} tokens at most; ${pieces.filter((n) => n === 1).length} words are one token`,
  );
  return learned;
}

const bytes = [...characters.entries()].sort(([a], [b]) => a - b).map(([, character]) => character);
const base = [...bytes, ...bytes.map((character) => `${character}</w>`)];
const merges = train(countWords(), VOCABULARY - base.length - 2);
const tokens = [...base, ...merges.map((pair) => pair.join('')), START, END];
const vocab = Object.fromEntries(tokens.map((token, id) => [token, id]));
if (Object.keys(vocab).length !== tokens.length) throw new Error('Two merges made the same token.');

const special = (content) => ({
  content,
  single_word: false,
  lstrip: false,
  rstrip: false,
  normalized: content === START,
});
const added = [START, END].map((content) => ({id: vocab[content], special: true, ...special(content)}));
const tokenizer = {
  version: '1.0',
  truncation: null,
  padding: null,
  added_tokens: added,
  normalizer: {
    type: 'Sequence',
    normalizers: [
      {type: 'NFC'},
      {type: 'Replace', pattern: {Regex: '\\s+'}, content: ' '},
      {type: 'Lowercase'},
    ],
  },
  pre_tokenizer: {
    type: 'Sequence',
    pretokenizers: [
      {
        type: 'Split',
        pattern: {Regex: "'s|'t|'re|'ve|'m|'ll|'d|[\\p{L}]+|[\\p{N}]|[^\\s\\p{L}\\p{N}]+"},
        behavior: 'Removed',
        invert: true,
      },
      {type: 'ByteLevel', add_prefix_space: false, trim_offsets: true},
    ],
  },
  post_processor: {
    type: 'RobertaProcessing',
    sep: [END, vocab[END]],
    cls: [START, vocab[START]],
    trim_offsets: false,
    add_prefix_space: false,
  },
  decoder: {type: 'ByteLevel', add_prefix_space: true, trim_offsets: true},
  model: {
    type: 'BPE',
    dropout: null,
    unk_token: END,
    continuing_subword_prefix: '',
    end_of_word_suffix: '</w>',
    fuse_unk: false,
    vocab,
    merges: merges.map((pair) => pair.join(' ')),
  },
};
const config = {
  add_prefix_space: false,
  bos_token: START,
  clean_up_tokenization_spaces: true,
  do_lower_case: true,
  eos_token: END,
  errors: 'replace',
  model_max_length: CONTEXT,
  pad_token: END,
  tokenizer_class: 'CLIPTokenizer',
  unk_token: END,
};
const specials = {
  bos_token: special(START),
  eos_token: special(END),
  pad_token: END,
  unk_token: special(END),
};

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const folder = process.argv[2] ?? join(root, 'assets', 'emoji-world', 'tokenizer');
mkdirSync(folder, {recursive: true});
const write = (name, text) => writeFileSync(join(folder, name), text);
write('tokenizer.json', `${JSON.stringify(tokenizer, null, 1)}\n`);
write('tokenizer_config.json', `${JSON.stringify(config, null, 2)}\n`);
write('special_tokens_map.json', `${JSON.stringify(specials, null, 2)}\n`);
write('vocab.json', `${JSON.stringify(vocab)}\n`);
write('merges.txt', `#version: 0.2\n${merges.map((pair) => pair.join(' ')).join('\n')}\n`);
console.log(`${tokens.length} tokens in ${folder}`);
