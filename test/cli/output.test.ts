import {Writable} from 'node:stream';
import test from 'ava';
import {nearest} from '../../ts/cli/output/nearest.js';
import {createProgress} from '../../ts/cli/output/progress.js';
import {formatList, formatTable} from '../../ts/cli/output/table.js';

test('a table lines up, colours or not', (t) => {
  const table = formatTable(
    [{title: 'set'}, {title: 'AUROC', align: 'right'}],
    [
      ['near', '\u001b[32m98.5\u001b[39m'],
      ['far away', '100.0'],
    ],
  );
  t.is(table, 'set       AUROC\n--------  -----\nnear       \u001b[32m98.5\u001b[39m\nfar away  100.0');
  t.is(
    formatList([
      ['a', '1'],
      ['long', ''],
    ]),
    'a     1\nlong',
  );
});

test('a near word is guessed, a far one is not', (t) => {
  t.is(nearest('evalute', ['run', 'evaluate', 'mine']), 'evaluate');
  t.is(nearest('frobnicate', ['run', 'evaluate', 'mine']), undefined);
});

test('a log has a line when a stage begins and when it ends, not one an image', (t) => {
  const lines: string[] = [];
  const stream = new Writable({
    write(chunk, _encoding, done) {
      lines.push(String(chunk));
      done();
    },
  }) as unknown as NodeJS.WriteStream;
  const progress = createProgress(stream, {quiet: false});
  for (let done = 1; done <= 1000; done++) progress.report({stage: 'select', done, total: 1000});
  progress.finish('select', '1000 images');
  progress.report({stage: 'mine', done: 1, total: 2, detail: 'words'});
  t.is(lines.length, 3);
  t.regex(lines[0]!, /^select 1\/1000 \(/);
  t.is(lines[1], 'select: 1000 images\n');
  t.regex(lines[2]!, /^mine 1\/2, words \(/);
});
