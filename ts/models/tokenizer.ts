import {access} from 'node:fs/promises';
import {join} from 'node:path';
import {Tokenizer as Backend} from '@huggingface/tokenizers';
import {z} from 'zod';
import {messageOf, SynoodError} from '../binding/errors.js';
import {hashBytes} from '../data/files/canonical-hash.js';
import {buildClipTokenizer, type SpecialTokens} from './clip-tokenizer-json.js';
import {checkConfig, readConfig} from './config-file.js';
import {cleanOpenAiText} from './openai-text.js';
import {openAiTokenizer} from './openai-tokenizer.js';

export interface EncodeOptions {
  /** Longest row in tokens, begin and end included; default: what the folder states, or 77. */
  maxLength?: number;
  /** `true` (the default): every row is `maxLength` long; `false`: as long as the longest text. */
  pad?: boolean;
}

/**
 * How text is cleaned before it is split: as transformers does, or as OpenAI's and OpenCLIP's own tokenizers do (ftfy's repairs and
 * HTML entities). They differ on entities, curly quotes, ligatures and full-width letters.
 */
export type TokenizerManner = 'transformers' | 'openai';

/** Token ids, (N, L) row by row. */
export interface TokenIds {
  ids: BigInt64Array;
  shape: [number, number];
  /** of each row, begin and end included, before padding */
  lengths: number[];
}

/** Turns text into a CLIP text model's ids. */
export interface Tokenizer {
  readonly maxLength: number;
  readonly bosTokenId: number;
  readonly eosTokenId: number;
  readonly padTokenId: number;
  readonly vocabSize: number;
  /** SHA-256, in hexadecimal, of vocabulary, merges and settings: what tells its ids from another tokenizer's */
  readonly fingerprint: string;
  /** A text that is too long is cut, and still ends with the end token. */
  encode(texts: string[], options?: EncodeOptions): TokenIds;
}

const token = z.union([z.string(), z.looseObject({content: z.string()}).transform(({content}) => content)]);
const specialSchema = z.looseObject({
  bos_token: token.nullish(),
  eos_token: token.nullish(),
  unk_token: token.nullish(),
  pad_token: token.nullish(),
});
const configSchema = specialSchema.extend({model_max_length: z.number().positive().nullish()});
const tokenizerSchema = z.looseObject({
  added_tokens: z.array(z.looseObject({id: z.number().int(), content: z.string()})).default([]),
  model: z.looseObject({vocab: z.record(z.string(), z.number().int())}),
});

const CLIP_MAX_LENGTH = 77;
const CLIP_TOKENS: SpecialTokens = {
  bos: '<|startoftext|>',
  eos: '<|endoftext|>',
  unk: '<|endoftext|>',
  pad: '<|endoftext|>',
};

async function optionalConfig(
  folder: string,
  name: string,
): Promise<{json: unknown; file: string} | undefined> {
  const exists = await access(join(folder, name)).then(
    () => true,
    () => false,
  );
  return exists ? readConfig(folder, name) : undefined;
}

/** special_tokens_map.json comes last: Stable Diffusion 2 states another pad token there than in its other file. */
function specialTokens(
  config: z.infer<typeof configSchema>,
  map: z.infer<typeof specialSchema>,
): SpecialTokens {
  return {
    bos: map.bos_token ?? config.bos_token ?? CLIP_TOKENS.bos,
    eos: map.eos_token ?? config.eos_token ?? CLIP_TOKENS.eos,
    unk: map.unk_token ?? config.unk_token ?? CLIP_TOKENS.unk,
    pad: map.pad_token ?? config.pad_token ?? CLIP_TOKENS.pad,
  };
}

type TokenizerJson = z.infer<typeof tokenizerSchema>;

/** As in transformers, every special token is matched in the text before anything else, "!" too if it pads. */
function withSpecialTokens(json: TokenizerJson, tokens: SpecialTokens, file: string): TokenizerJson {
  const known = new Set(json.added_tokens.map(({content}) => content));
  const missing = [...new Set(Object.values(tokens) as string[])].filter((content) => !known.has(content));
  const added = missing.map((content) => {
    if (!Object.hasOwn(json.model.vocab, content)) {
      throw new SynoodError(
        'ERR_MODEL_FORMAT',
        `${file}: the special token "${content}" is not in the vocabulary.`,
      );
    }
    const plain = {single_word: false, lstrip: false, rstrip: false, normalized: false, special: true};
    return {id: json.model.vocab[content]!, content, ...plain};
  });
  return {...json, added_tokens: [...json.added_tokens, ...added]};
}

interface TokenizerParts {
  json: TokenizerJson;
  /** tokenizer_config.json */
  config: object;
  tokens: SpecialTokens;
  maxLength: number;
  clean?: (text: string) => string;
  /** that messages name */
  file: string;
}

class ClipTokenizer implements Tokenizer {
  readonly maxLength: number;
  readonly bosTokenId: number;
  readonly eosTokenId: number;
  readonly padTokenId: number;
  readonly vocabSize: number;
  readonly fingerprint: string;
  #backend: Backend;
  #clean: (text: string) => string;

  constructor({json, config, tokens, maxLength, clean, file}: TokenizerParts) {
    const backend = new Backend(json, config);
    this.fingerprint = hashBytes(JSON.stringify([json, tokens, maxLength, clean !== undefined]));
    this.#clean = clean ?? ((text) => text);
    const id = (content: string): number => {
      const found = backend.token_to_id(content);
      if (found !== undefined) return found;
      throw new SynoodError(
        'ERR_MODEL_FORMAT',
        `${file}: the special token "${content}" is not in the vocabulary.`,
      );
    };
    this.#backend = backend;
    this.maxLength = maxLength;
    this.bosTokenId = id(tokens.bos);
    this.eosTokenId = id(tokens.eos);
    this.padTokenId = id(tokens.pad);
    this.vocabSize = backend.get_vocab(true).size;
  }

  encode(texts: string[], options: EncodeOptions = {}): TokenIds {
    const maxLength = options.maxLength ?? this.maxLength;
    if (!Number.isInteger(maxLength) || maxLength < 2) {
      throw new SynoodError('ERR_VALUE', `maxLength must be an integer of at least 2, it is ${maxLength}.`);
    }
    const rows = texts.map((text) => {
      if (typeof text !== 'string') throw new SynoodError('ERR_VALUE', `Expected text, got ${typeof text}.`);
      const ids = this.#backend.encode(this.#clean(text), {add_special_tokens: false}).ids;
      return [this.bosTokenId, ...ids.slice(0, maxLength - 2), this.eosTokenId];
    });
    const length = options.pad === false ? Math.max(0, ...rows.map((row) => row.length)) : maxLength;
    const ids = new BigInt64Array(rows.length * length).fill(BigInt(this.padTokenId));
    rows.forEach((row, index) => ids.set(row.map(BigInt), index * length));
    return {ids, shape: [rows.length, length], lengths: rows.map((row) => row.length)};
  }
}

/**
 * Loads the tokenizer of a CLIP or Stable Diffusion folder: tokenizer.json, or the older vocab.json and
 * merges.txt; tokenizer_config.json and special_tokens_map.json where they are there. In OpenAI's manner
 * bpe_simple_vocab_16e6.txt.gz will do.
 *
 * @throws SynoodError ERR_MODEL_FORMAT or ERR_IO naming the file
 */
export async function loadTokenizer(
  folder: string,
  options: {manner?: TokenizerManner; maxLength?: number} = {},
): Promise<Tokenizer> {
  const configFile = await optionalConfig(folder, 'tokenizer_config.json');
  const mapFile = await optionalConfig(folder, 'special_tokens_map.json');
  const config = checkConfig(configSchema, configFile?.json ?? {}, configFile?.file ?? folder);
  const stated = specialTokens(
    config,
    checkConfig(specialSchema, mapFile?.json ?? {}, mapFile?.file ?? folder),
  );
  // transformers writes a length of 1e30 where none is known.
  const length = options.maxLength ?? config.model_max_length ?? CLIP_MAX_LENGTH;
  const maxLength = Number.isInteger(length) && length < 1e6 ? length : CLIP_MAX_LENGTH;
  const openAi = options.manner === 'openai';
  const {json, file, tokens} = openAi
    ? await openAiTokenizer(folder, stated)
    : {
        tokens: stated,
        ...((await optionalConfig(folder, 'tokenizer.json')) ?? (await buildClipTokenizer(folder, stated))),
      };
  const checked = checkConfig(tokenizerSchema, json, file);
  try {
    return new ClipTokenizer({
      json: openAi ? checked : withSpecialTokens(checked, tokens, file),
      config: openAi ? {} : config,
      tokens,
      maxLength,
      clean: openAi ? cleanOpenAiText : undefined,
      file,
    });
  } catch (error) {
    if (error instanceof SynoodError) throw error;
    throw new SynoodError('ERR_MODEL_FORMAT', `${file} cannot be used as a tokenizer: ${messageOf(error)}`, {
      cause: error,
    });
  }
}
