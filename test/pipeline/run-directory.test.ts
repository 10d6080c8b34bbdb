import {spawn} from 'node:child_process';
import {once} from 'node:events';
import {existsSync, readdirSync, readFileSync, rmSync, writeFileSync} from 'node:fs';
import {hostname} from 'node:os';
import {join} from 'node:path';
import {pathToFileURL} from 'node:url';
import test from 'ava';
import type {SynoodError} from '../../ts/binding/errors.js';
import {readRunRecord, RunDirectory} from '../../ts/pipeline/run-directory.js';
import {temporaryFolder} from '../support/folder.js';
import {repoRoot} from '../support/paths.js';

const module = pathToFileURL(join(repoRoot, 'dist', 'ts', 'pipeline', 'run-directory.js')).href;

/** Another process that has opened the directory. */
async function otherProcess(directory: string) {
  const code = `
    process.on('SIGTERM', () => process.exit(130));
    const {RunDirectory} = await import(${JSON.stringify(module)});
    await RunDirectory.open(${JSON.stringify(directory)});
    console.log('open');
    setInterval(() => {}, 1000);`;
  const child = spawn(process.execPath, ['--input-type=module', '-e', code], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  await once(child.stdout, 'data');
  return {
    pid: child.pid!,
    async end(signal: NodeJS.Signals) {
      child.kill(signal);
      await once(child, 'exit');
    },
  };
}

test('a stage is done for its own inputs only, and as long as its outputs are there', async (t) => {
  const path = join(temporaryFolder(t), 'runs', 'demo');
  const first = await RunDirectory.open(path);
  await first.describe({configuration: {steps: 5}, versions: {synood: '0.1.0'}, seeds: {run: 7}});
  t.false(first.isDone('select', 'a'));
  writeFileSync(first.file('selection.jsonl'), '');
  await first.markDone('select', 'a', {outputs: ['selection.jsonl'], details: {images: 3}});
  t.true(first.isDone('select', 'a'));
  t.false(first.isDone('select', 'b'));
  t.false(first.isDone('toString', 'a'));
  await first.note('skipped', [{path: 'x.jpg', reason: 'the file is empty'}]);
  await first.close();

  const second = await RunDirectory.open(path);
  t.true(second.isDone('select', 'a'));
  t.like(second.record, {configuration: {steps: 5}, seeds: {run: 7}, notes: {skipped: [{path: 'x.jpg'}]}});
  t.is(second.record.stages['select']!['images'], 3);
  rmSync(second.file('selection.jsonl'));
  t.false(second.isDone('select', 'a'), 'its output is gone');
  writeFileSync(second.file('selection.jsonl'), '');
  await second.forget('select');
  t.false(second.isDone('select', 'a'));
  await second.close();
  t.deepEqual(readdirSync(path).sort(), ['run.json', 'selection.jsonl']);
});

test('changes that overlap are all kept', async (t) => {
  const path = temporaryFolder(t);
  {
    await using run = await RunDirectory.open(path);
    await Promise.all(Array.from({length: 20}, (_, i) => run.markDone(`stage ${i}`, String(i))));
  }
  const {stages} = await readRunRecord(path);
  t.is(Object.keys(stages).length, 20);
});

test('a damaged run.json is named, and the directory is free again', async (t) => {
  const path = temporaryFolder(t);
  writeFileSync(join(path, 'run.json'), '{"format": 2}');
  for (let i = 0; i < 2; i++) {
    const error = (await t.throwsAsync(RunDirectory.open(path))) as SynoodError;
    t.is(error.code, 'ERR_CONFIG');
    t.regex(error.message, /run\.json.*"format"/);
  }
});

test('one process has the directory; it is free when that one ends, however it ends', async (t) => {
  const path = temporaryFolder(t);
  for (const signal of ['SIGTERM', 'SIGKILL'] as const) {
    const other = await otherProcess(path);
    const error = (await t.throwsAsync(RunDirectory.open(path))) as SynoodError;
    t.is(error.code, 'ERR_IO');
    t.regex(error.message, new RegExp(`in use by process ${other.pid}`));
    await other.end(signal);
    t.is(existsSync(join(path, '.lock')), signal === 'SIGKILL');
    await (await RunDirectory.open(path)).close();
  }
  t.deepEqual(readdirSync(path), []);
});

test('the same process cannot open a directory twice', async (t) => {
  const path = temporaryFolder(t);
  await using _ = await RunDirectory.open(path);
  t.regex((await t.throwsAsync(RunDirectory.open(path))).message, new RegExp(`process ${process.pid}`));
});

test('a lock whose process number is used again by another process is stale', async (t) => {
  if (process.platform !== 'linux') return t.pass();
  const path = temporaryFolder(t);
  writeFileSync(join(path, '.lock'), JSON.stringify({pid: process.pid, host: hostname(), started: '1'}));
  await (await RunDirectory.open(path)).close();
  writeFileSync(join(path, '.lock'), 'garbage');
  await (await RunDirectory.open(path)).close();
  t.deepEqual(readdirSync(path), []);
});

test('a lock of another machine is kept, and the message says how to end it', async (t) => {
  const path = temporaryFolder(t);
  const lock = JSON.stringify({pid: 1, host: `not-${hostname()}`, started: null});
  writeFileSync(join(path, '.lock'), lock);
  const error = await t.throwsAsync(RunDirectory.open(path));
  t.regex(error.message, /If that process is gone, delete .*\.lock/);
  t.is(readFileSync(join(path, '.lock'), 'utf8'), lock);
});

test('of many that take over a stale lock, one gets it', async (t) => {
  const path = temporaryFolder(t);
  const stale = JSON.stringify({pid: 2 ** 30, host: hostname(), started: null});
  for (let round = 0; round < 40; round++) {
    writeFileSync(join(path, '.lock'), stale);
    // Somebody may have died while it cleared another one's lock.
    if (round % 4 === 0) writeFileSync(join(path, '.lock.clearing'), stale);
    const results = await Promise.allSettled(Array.from({length: 16}, () => RunDirectory.open(path)));
    const opened = results.filter((result) => result.status === 'fulfilled');
    t.is(opened.length, 1, `round ${round}`);
    await opened[0]!.value.close();
    t.deepEqual(readdirSync(path), []);
  }
});
