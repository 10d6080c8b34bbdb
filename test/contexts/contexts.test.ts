import {writeFileSync} from 'node:fs';
import {join} from 'node:path';
import test from 'ava';
import {ContextsFile} from '../../ts/contexts/contexts-file.js';
import {contextPrompt} from '../../ts/contexts/prompt.js';
import {rankVocabulary} from '../../ts/contexts/rank-vocabulary.js';
import {Engine} from '../../ts/models/engine.js';
import {temporaryFolder} from '../support/folder.js';

test('contexts come from own rows and from the published ones', async (t) => {
  const path = join(temporaryFolder(t), 'contexts.jsonl');
  const rows = [
    {id: 'owl/1.jpg', contexts: [' a  tree', '', 'grass']},
    {'train/owl/2.jpg': 'a fence,\na road', 'train/owl/3.jpg': '  '},
  ];
  writeFileSync(path, rows.map((row) => `${JSON.stringify(row)}\n`).join(''));
  const file = await ContextsFile.read(path);
  t.deepEqual(file.of('owl/1.jpg'), ['a tree', 'grass']);
  t.deepEqual(file.of('owl/2.jpg'), ['a fence, a road']);
  t.is(file.of('owl/3.jpg'), undefined);
  t.is(file.of('owl/4.jpg'), undefined);
  for (const bad of ['[1]\n', '{"id": "x"}\n{"id": "y", "contexts": "z", "n": 1}\n', '']) {
    writeFileSync(path, bad);
    if (bad.startsWith('{"id": "x"}')) {
      t.regex((await t.throwsAsync(ContextsFile.read(path))).message, /row 2/);
    } else t.like(await t.throwsAsync(ContextsFile.read(path)), {code: 'ERR_CONFIG'});
  }
});

test('a prompt holds the contexts, cut as published, and takes them as they are', (t) => {
  const template = 'A photo only remain {contexts}.';
  t.is(contextPrompt(template, ['tree'], 73), 'A photo only remain tree.');
  t.is(contextPrompt(template, ['tree', 'bank', 'key'], 73), 'A photo only remain tree, bank and key.');
  t.is(contextPrompt(template, ['x'.repeat(100)], 73), `A photo only remain ${'x'.repeat(73)}.`);
  t.is(contextPrompt(template, ['$& $1'], 73), 'A photo only remain $& $1.');
});

test('the nearest words to what an image shows beside its class, the class itself never', async (t) => {
  await using engine = await Engine.open({device: 'cpu', threads: 1});
  const rows = (values: number[][]) => ({
    data: Float32Array.from(values.flat()),
    shape: [values.length, values[0]!.length],
  });
  // Axis 0 is the class "owl", axis 1 "fish"; axes 2 and 3 are things.
  const input = {
    images: rows([
      [9, 0, 3, 1],
      [0, 9, 1, 2],
    ]),
    classes: rows([
      [1, 0, 0, 0],
      [0, 1, 0, 0],
    ]),
    labels: [0, 1],
    words: rows([
      [1, 0, 0.1, 0],
      [0, 0, 1, 0],
      [0, 0, 0, 1],
      [0, 1, 0, 0],
    ]),
    isClassName: (label: number, word: number) => (label === 0 && word === 0) || (label === 1 && word === 3),
  };
  t.deepEqual(await rankVocabulary(engine, input, {count: 2, dropNearest: 0}), [
    [1, 2],
    [2, 1],
  ]);
  // A quarter of the vocabulary is dropped for each class: its own name, here.
  t.deepEqual(
    await rankVocabulary(engine, {...input, isClassName: () => false}, {count: 3, dropNearest: 0.25}),
    [
      [1, 2, 3],
      [2, 1, 0],
    ],
  );
  const none = rankVocabulary(engine, {...input, isClassName: () => true}, {count: 1, dropNearest: 0});
  t.like(await t.throwsAsync(none), {code: 'ERR_VALUE'});
});
