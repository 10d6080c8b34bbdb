import {mkdirSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';

const START = '<|startoftext|>';
const END = '<|endoftext|>';

/** The printable character that stands for each byte, in the order of CLIP's vocabulary. */
function byteAlphabet() {
  const range = (from, to) => Array.from({length: to - from}, (_, i) => from + i);
  const plain = [...range(33, 127), ...range(161, 173), ...range(174, 256)];
  const others = range(0, 256).filter((byte) => !plain.includes(byte));
  return [...plain, ...others.map((_, n) => 256 + n)].map((code) => String.fromCodePoint(code));
}

/**
 * A CLIP tokenizer that knows single bytes: no merges, begin and end with CLIP's ids. Texts take more tokens with it
 * than with the real one, whose vocabulary is not ours to give.
 *
 * @param {string} folder
 * @param {'!' | '<|endoftext|>'} pad  Stable Diffusion 2 and XL's second tokenizer pad with "!", which is 0
 */
export function writeByteTokenizer(folder, pad) {
  mkdirSync(folder, {recursive: true});
  const alphabet = byteAlphabet();
  const tokens = [...alphabet, ...alphabet.map((letter) => `${letter}</w>`)];
  const vocab = {...Object.fromEntries(tokens.map((token, id) => [token, id])), [START]: 49406, [END]: 49407};
  const special = {bos_token: START, eos_token: END, unk_token: END, pad_token: pad};
  const json = (name, value) => writeFileSync(join(folder, name), `${JSON.stringify(value, null, 2)}\n`);
  json('vocab.json', vocab);
  writeFileSync(join(folder, 'merges.txt'), '#version: 0.2\n');
  json('special_tokens_map.json', special);
  json('tokenizer_config.json', {...special, model_max_length: 77, tokenizer_class: 'CLIPTokenizer'});
}

export const END_OF_TEXT = END;
