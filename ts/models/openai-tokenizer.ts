import {access, readFile} from 'node:fs/promises';
import {join} from 'node:path';
import {gunzipSync} from 'node:zlib';
import {z} from 'zod';
import {messageOf, SynoodError} from '../binding/errors.js';
import {buildClipTokenizer, type SpecialTokens} from './clip-tokenizer-json.js';
import {checkConfig, readConfig} from './config-file.js';

/** The file that OpenAI published, and how many of its merges CLIP takes. */
const PUBLISHED = ['bpe_simple_vocab_16e6.txt.gz', 'bpe_simple_vocab_16e6.txt'];
const MERGES = 49152 - 256 - 2;

/** OpenCLIP's names for the tokens that HF calls <|startoftext|> and <|endoftext|>. */
const START = '<start_of_text>';
const END = '<end_of_text>';

const modelSchema = z.looseObject({
  model: z.looseObject({
    vocab: z.record(z.string(), z.number().int()),
    merges: z.array(z.union([z.string(), z.tuple([z.string(), z.string()])])),
  }),
});

interface Vocabulary {
  vocab: Record<string, number>;
  merges: [string, string][];
  file: string;
}

/** Every byte as a character that can be printed: the printable ones as themselves, then the others from U+0100 on. */
function byteCharacters(): string[] {
  const range = (from: number, to: number) => Array.from({length: to - from + 1}, (_, at) => from + at);
  const printable = [...range(33, 126), ...range(161, 172), ...range(174, 255)];
  const others = range(0, 255).filter((byte) => !printable.includes(byte));
  return [...printable, ...others.map((_, at) => 256 + at)].map((code) => String.fromCharCode(code));
}

async function published(file: string): Promise<Vocabulary> {
  try {
    const bytes = await readFile(file);
    const text = (file.endsWith('.gz') ? gunzipSync(bytes) : bytes).toString('utf8');
    const lines = text
      .trimEnd()
      .split('\n')
      .slice(1, MERGES + 1);
    const merges = lines.map((line) => line.split(' ') as [string, string]);
    if (merges.length === 0 || merges.some((pair) => pair.length !== 2)) {
      throw new Error('expected two tokens on each line after the first');
    }
    const bytesAlone = byteCharacters();
    const tokens = [
      ...bytesAlone,
      ...bytesAlone.map((one) => `${one}</w>`),
      ...merges.map((pair) => pair.join('')),
    ];
    return {vocab: Object.fromEntries([...tokens, START, END].map((token, id) => [token, id])), merges, file};
  } catch (error) {
    throw new SynoodError('ERR_MODEL_FORMAT', `${file} is no byte-pair vocabulary: ${messageOf(error)}.`, {
      cause: error,
    });
  }
}

async function vocabularyOf(folder: string, tokens: SpecialTokens): Promise<Vocabulary> {
  const has = (name: string) =>
    access(join(folder, name)).then(
      () => true,
      () => false,
    );
  for (const name of PUBLISHED) if (await has(name)) return published(join(folder, name));
  const source = (await has('tokenizer.json'))
    ? await readConfig(folder, 'tokenizer.json')
    : await buildClipTokenizer(folder, tokens);
  const {model} = checkConfig(modelSchema, source.json, source.file);
  const merges = model.merges.map(
    (pair) => (typeof pair === 'string' ? pair.split(' ') : pair) as [string, string],
  );
  const {[tokens.bos]: start, [tokens.eos]: end, ...vocab} = model.vocab;
  if (start === undefined || end === undefined) {
    const missing = start === undefined ? tokens.bos : tokens.eos;
    throw new SynoodError(
      'ERR_MODEL_FORMAT',
      `${source.file}: the special token "${missing}" is not in the vocabulary.`,
    );
  }
  return {vocab: {...vocab, [START]: start, [END]: end}, merges, file: source.file};
}

/**
 * What tokenizer.json would say for OpenCLIP's tokenizer: text comes cleaned (cleanOpenAiText), nothing is normalised further,
 * and the rest of a row is 0. From OpenAI's vocabulary file, or from the files of transformers.
 */
export async function openAiTokenizer(
  folder: string,
  tokens: SpecialTokens,
): Promise<{json: unknown; file: string; tokens: SpecialTokens}> {
  const {vocab, merges, file} = await vocabularyOf(folder, tokens);
  const special = (content: string) => ({
    id: vocab[content]!,
    content,
    single_word: false,
    lstrip: false,
    rstrip: false,
    normalized: false,
    special: true,
  });
  const words = "'s|'t|'re|'ve|'m|'ll|'d|[\\p{L}]+|[\\p{N}]|[^\\s\\p{L}\\p{N}]+";
  const json = {
    version: '1.0',
    truncation: null,
    padding: null,
    added_tokens: [special(START), special(END)],
    normalizer: null,
    pre_tokenizer: {
      type: 'Sequence',
      pretokenizers: [
        {type: 'Split', pattern: {Regex: words}, behavior: 'Removed', invert: true},
        {type: 'ByteLevel', add_prefix_space: false, trim_offsets: true, use_regex: false},
      ],
    },
    post_processor: null,
    decoder: {type: 'ByteLevel', add_prefix_space: true, trim_offsets: true, use_regex: true},
    model: {
      type: 'BPE',
      dropout: null,
      unk_token: END,
      continuing_subword_prefix: '',
      end_of_word_suffix: '</w>',
      fuse_unk: false,
      byte_fallback: false,
      vocab,
      merges,
    },
  };
  const first = Object.keys(vocab).find((token) => vocab[token] === 0);
  if (first === undefined) throw new SynoodError('ERR_MODEL_FORMAT', `${file}: no token has the id 0.`);
  return {json, file, tokens: {bos: START, eos: END, unk: END, pad: first}};
}
