import {spawnSync} from 'node:child_process';
import {chmodSync, readdirSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import test from 'ava';
import {temporaryFolder} from '../support/folder.js';
import {repoRoot} from '../support/paths.js';

const kernels = readdirSync(join(repoRoot, 'native', 'kernels')).filter((name) => name.endsWith('.cu'));

function compileKernels(nvcc: string) {
  const {status, stdout} = spawnSync(process.execPath, [join(repoRoot, 'scripts', 'compile-kernels.mjs')], {
    encoding: 'utf8',
    env: {...process.env, NVCC: nvcc},
  });
  return {status, stdout};
}

test('without nvcc the kernels are not compiled, and it says so', (t) => {
  const {status, stdout} = compileKernels('/nowhere/nvcc');
  t.is(status, 0);
  t.regex(stdout, /nvcc is not here/);
  t.notRegex(stdout, /passed/);
});

test('every kernel is compiled for both architectures, and one that does not compile fails', (t) => {
  const nvcc = join(temporaryFolder(t), 'nvcc');
  writeFileSync(
    nvcc,
    `#!/bin/sh
case "$*" in
  --version) echo fake; exit 0 ;;
  *code=sm_80*code=sm_90*) ;;
  *) echo 'no architectures'; exit 1 ;;
esac
case "$*" in *gated_gelu.cu*) echo 'error: a word'; exit 1 ;; esac
`,
  );
  chmodSync(nvcc, 0o755);
  const {status, stdout} = compileKernels(nvcc);
  t.is(status, 1);
  t.regex(stdout, /FAILED gated_gelu\.cu[^\n]*\nerror: a word/);
  t.regex(stdout, new RegExp(`^${kernels.length - 1} passed, 1 failed$`, 'm'));
});
