import {spawn} from 'node:child_process';
import {readdirSync, readFileSync, writeFileSync} from 'node:fs';
import {hostname} from 'node:os';
import {join} from 'node:path';
import test from 'ava';
import {temporaryFolder} from '../support/folder.js';
import {repoRoot} from '../support/paths.js';

test('processes that meet an abandoned lock work one after the other', async (t) => {
  const folder = temporaryFolder(t);
  const [lock, log] = [join(folder, 'lock'), join(folder, 'log')];
  const abandoned = JSON.stringify({pid: 2 ** 30, host: hostname()});
  for (const file of [lock, `${lock}.clearing`]) writeFileSync(file, abandoned);
  const code = `import {appendFileSync} from 'node:fs';
    import {withLock} from ${JSON.stringify(join(repoRoot, 'scripts/lib/lock.mjs'))};
    await withLock(${JSON.stringify(lock)}, async () => {
      appendFileSync(${JSON.stringify(log)}, '(');
      await new Promise((resolve) => setTimeout(resolve, 5));
      appendFileSync(${JSON.stringify(log)}, ')');
    });`;
  const ends = Array.from(
    {length: 6},
    () =>
      new Promise((resolve) => {
        spawn(process.execPath, ['--input-type=module', '-e', code]).on('exit', resolve);
      }),
  );
  t.deepEqual(await Promise.all(ends), [0, 0, 0, 0, 0, 0]);
  t.is(readFileSync(log, 'utf8'), '()'.repeat(6));
  t.deepEqual(readdirSync(folder), ['log']);
});
