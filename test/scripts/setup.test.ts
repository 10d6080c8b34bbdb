import {spawnSync} from 'node:child_process';
import {mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import test from 'ava';
import {repoRoot} from '../support/paths.js';

/** Evaluates an expression over a module of scripts/ in a process of its own, as set-up itself runs. */
function evaluate(module: string, expression: string, env: NodeJS.ProcessEnv = process.env): unknown {
  const code = `import * as module from ${JSON.stringify(join(repoRoot, 'scripts', module))};
    let result;
    try { result = ${expression}; } catch (error) { result = error.message; }
    process.stdout.write(JSON.stringify(result ?? null));`;
  const options = {encoding: 'utf8', env} as const;
  return JSON.parse(spawnSync(process.execPath, ['--input-type=module', '-e', code], options).stdout);
}

test('an old Node is named, with the one that is needed', (t) => {
  const check = (version: string): unknown =>
    evaluate('setup/requirements.mjs', `module.checkNode('${version}')`);
  t.is(check('20.19.0'), null);
  t.is(check('22.1.0'), null);
  t.regex(String(check('20.18.3')), /Node 20\.19 or newer is needed, this is 20\.18\.3/);
});

test('missing build tools: what is missing and the exact command of this system', (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'synood-tools-'));
  try {
    const tool = (name: string): void => symlinkSync('/bin/true', join(folder, name));
    ['apt-get', 'c++'].forEach(tool);
    const env = {PATH: folder};
    const message = String(evaluate('setup/requirements.mjs', 'module.checkBuildTools()', env));
    t.regex(message, /CMake, Ninja not found/);
    t.regex(message, /Install with: (sudo )?apt-get install -y cmake ninja-build$/);
    ['cmake', 'ninja'].forEach(tool);
    t.is(evaluate('setup/requirements.mjs', 'module.checkBuildTools()', env), null);
  } finally {
    rmSync(folder, {recursive: true});
  }
});

test('each system gets its own installer and package names', (t) => {
  const command = (program: string): unknown =>
    evaluate(
      'setup/requirements.mjs',
      `module.installCommand(['compiler', 'ninja'], (name) => name === '${program}')`,
    );
  t.regex(String(command('apt-get')), /apt-get install -y build-essential ninja-build$/);
  t.regex(String(command('dnf')), /dnf install -y gcc-c\+\+ ninja-build$/);
  t.regex(String(command('apk')), /apk add build-base samurai$/);
  t.is(command('brew'), 'brew install llvm ninja');
});

test('packages count as installed only if node_modules holds what the lock file says', (t) => {
  const root = mkdtempSync(join(tmpdir(), 'synood-packages-'));
  const lock = (version: string): string =>
    JSON.stringify({
      packages: {'': {}, 'node_modules/a': {version}, 'node_modules/b': {version: '1', optional: true}},
    });
  const installed = (): unknown =>
    evaluate('setup/packages.mjs', `module.packagesAreInstalled(${JSON.stringify(root)})`);
  try {
    writeFileSync(join(root, 'package-lock.json'), lock('1.0.0'));
    t.false(installed(), 'no node_modules');
    mkdirSync(join(root, 'node_modules'));
    t.false(installed(), 'an empty node_modules');
    const there = JSON.stringify({packages: {'node_modules/a': {version: '1.0.0'}}});
    writeFileSync(join(root, 'node_modules', '.package-lock.json'), there);
    t.true(installed(), 'an optional package of another platform may be absent');
    writeFileSync(join(root, 'package-lock.json'), lock('1.0.1'));
    t.false(installed(), 'the lock file has moved on');
  } finally {
    rmSync(root, {recursive: true});
  }
});

test('a lock is held by one process at a time; that of a dead process is not waited for', (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'synood-lock-'));
  const path = join(folder, 'lock');
  const work = `await module.withLock(${JSON.stringify(path)}, () => 'done')`;
  try {
    // A process that ended without releasing it.
    const dead = spawnSync(process.execPath, ['-e', '']).pid;
    const host = evaluate('lib/run.mjs', `module.capture('hostname', []).stdout.trim()`);
    writeFileSync(path, JSON.stringify({pid: dead, host}));
    t.is(evaluate('lib/lock.mjs', work), 'done');

    const order = evaluate(
      'lib/lock.mjs',
      `await (async () => {
        const order = [];
        const job = (name) => module.withLock(${JSON.stringify(path)}, async () => {
          order.push(name + ' in');
          await new Promise((resolve) => setTimeout(resolve, 50));
          order.push(name + ' out');
        });
        await Promise.all([job('a'), job('b')]);
        return order;
      })()`,
    );
    t.deepEqual(order, ['a in', 'a out', 'b in', 'b out']);
  } finally {
    rmSync(folder, {recursive: true});
  }
});
