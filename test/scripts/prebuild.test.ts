import {spawnSync} from 'node:child_process';
import {mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import test from 'ava';
import {repoRoot} from '../support/paths.js';

test('prebuilds/ holds the addon and its core, no LibTorch, and loads from there', (t) => {
  const out = mkdtempSync(join(tmpdir(), 'synood-prebuild-'));
  try {
    const made = spawnSync(process.execPath, [join(repoRoot, 'scripts', 'prebuild.mjs'), '--out', out], {
      encoding: 'utf8',
    });
    t.is(made.status, 0, made.stderr);
    const folder = join(out, 'prebuilds', `${process.platform}-${process.arch}`);
    const names = readdirSync(folder).sort();
    t.is(names.length, 3, names.join());
    t.regex(names[0] ?? '', /^libsynood_core-(cpu|cuda)\.(so|dylib)$/);
    t.deepEqual(names.slice(1), ['synood-build.json', 'synood.node']);
    t.notRegex(readFileSync(join(folder, 'synood-build.json'), 'utf8'), /"path"/);

    // As in an installed package: node-gyp-build chooses the file, in a process without LibTorch.
    writeFileSync(join(out, 'package.json'), '{"name": "synood"}');
    const code = `const load = require('node-gyp-build');
      process.stdout.write(JSON.stringify([load.path(process.argv[1]), typeof load(process.argv[1])]));`;
    const loaded = spawnSync(process.execPath, ['-e', code, out], {
      cwd: repoRoot,
      encoding: 'utf8',
      env: {...process.env, SYNOOD_LIBTORCH: join(out, 'nowhere')},
    });
    t.is(loaded.stderr, '');
    t.deepEqual(JSON.parse(loaded.stdout), [join(folder, 'synood.node'), 'object']);
  } finally {
    rmSync(out, {recursive: true});
  }
});
