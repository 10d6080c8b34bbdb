import test from 'ava';
import {promptWarnings} from '../../ts/inpainting/prompt-warnings.js';
import {loadTokenizer} from '../../ts/models/tokenizer.js';
import {fixture} from '../support/paths.js';

const folder = (part: string) => fixture('inpaint', 'pipeline-xl', part);

test('two text models that read equally far are one warning, others are told apart', async (t) => {
  const first = await loadTokenizer(folder('tokenizer'), {maxLength: 8});
  const second = await loadTokenizer(folder('tokenizer_2'), {maxLength: 8});
  const shorter = await loadTokenizer(folder('tokenizer_2'), {maxLength: 5});
  const prompts = {prompt: 'tree '.repeat(2).trim()};

  t.deepEqual(promptWarnings([first, second], prompts), []);
  const [cut, ...others] = promptWarnings([first, second], {prompt: 'tree '.repeat(5).trim()});
  t.regex(cut!, /^The prompt has 12 tokens.* the text model reads 8, so the last 4 /);
  t.deepEqual(others, []);
  const [second2, ...none] = promptWarnings([first, shorter], prompts);
  t.regex(second2!, /^The prompt has 6 tokens.* text model 2 of 2 reads 5, so the last 1 /);
  t.deepEqual(none, []);
});
