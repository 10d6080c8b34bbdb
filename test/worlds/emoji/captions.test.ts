import test from 'ava';
import {captionOf, listOf, remainCaption, remainPrompt} from '../../../ts/worlds/emoji/captions.js';
import {concepts} from '../../../ts/worlds/emoji/concepts.js';
import {Random} from '../../../ts/worlds/emoji/random.js';

test('a caption names its subject, and a context only if it is there', (t) => {
  for (const [index, {name}] of concepts.entries()) {
    const context = (index + 1) % concepts.length;
    const facts = {subjects: [index], contexts: [context], background: undefined};
    const caption = captionOf(Random.of(index), facts);
    t.true(caption.includes(name), caption);
    const [, listed] = caption.split(' with ');
    t.true(listed === undefined || listed === concepts[context]!.name, caption);
  }
});

test('an empty scene names no subject', (t) => {
  for (let seed = 0; seed < 50; seed++) {
    const caption = captionOf(Random.of(seed), {subjects: [], contexts: [3], background: 'orange'});
    t.regex(caption, /empty|nothing|background|small|This is an? orange photo/);
  }
});

test("what remains is told in SynOOD's words", (t) => {
  t.is(remainPrompt(['bank', 'anchor']), 'A photo only remain bank and anchor.');
  t.is(remainPrompt(['bank']), 'A photo only remain bank.');
  const caption = remainCaption(Random.of(1), {subjects: [5], contexts: [], background: undefined});
  t.is(caption, `A photo only remain ${concepts[5]!.name}.`);
  t.is(listOf(['a', 'b', 'c']), 'a, b and c');
});
