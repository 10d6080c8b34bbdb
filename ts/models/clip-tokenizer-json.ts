import {readFile} from 'node:fs/promises';
import {join} from 'node:path';
import {z} from 'zod';
import {messageOf, SynoodError} from '../binding/errors.js';
import {checkConfig, readConfig} from './config-file.js';

export interface SpecialTokens {
  bos: string;
  eos: string;
  unk: string;
  pad: string;
}

const vocabSchema = z.record(z.string(), z.number().int().nonnegative());

async function readMerges(file: string): Promise<[string, string][]> {
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (error) {
    throw new SynoodError('ERR_IO', `Cannot read ${file}: ${messageOf(error)}`, {cause: error});
  }
  const merges: [string, string][] = [];
  text.split('\n').forEach((line, index) => {
    if (line.trim() === '' || (index === 0 && line.startsWith('#version'))) return;
    const [left, right, ...rest] = line.trim().split(' ');
    if (!left || !right || rest.length > 0) {
      throw new SynoodError('ERR_MODEL_FORMAT', `${file}, line ${index + 1}: expected two tokens.`);
    }
    merges.push([left, right]);
  });
  return merges;
}

/**
 * What tokenizer.json would say in a folder that has only vocab.json and merges.txt, as Stable Diffusion 1 and 2
 * do: byte-level BPE with CLIP's normalisation and splitting.
 */
export async function buildClipTokenizer(
  folder: string,
  tokens: SpecialTokens,
): Promise<{json: unknown; file: string}> {
  const {json, file} = await readConfig(folder, 'vocab.json');
  const vocab = checkConfig(vocabSchema, json, file);
  const merges = await readMerges(join(folder, 'merges.txt'));
  const words = "'s|'t|'re|'ve|'m|'ll|'d|[\\p{L}]+|[\\p{N}]|[^\\s\\p{L}\\p{N}]+";
  const tokenizer = {
    version: '1.0',
    truncation: null,
    padding: null,
    added_tokens: [],
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
          pattern: {Regex: `<\\|startoftext\\|>|<\\|endoftext\\|>|${words}`},
          behavior: 'Removed',
          invert: true,
        },
        {type: 'ByteLevel', add_prefix_space: false, trim_offsets: true, use_regex: true},
      ],
    },
    post_processor: null,
    decoder: {type: 'ByteLevel', add_prefix_space: true, trim_offsets: true, use_regex: true},
    model: {
      type: 'BPE',
      dropout: null,
      unk_token: tokens.unk,
      continuing_subword_prefix: '',
      end_of_word_suffix: '</w>',
      fuse_unk: false,
      byte_fallback: false,
      vocab,
      merges,
    },
  };
  return {json: tokenizer, file};
}
