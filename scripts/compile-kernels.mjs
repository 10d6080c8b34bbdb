#!/usr/bin/env node
/**
 * Compiles every CUDA kernel (native/kernels/*.cu) for sm_80 and sm_90, warnings being errors. It needs nvcc, no
 * GPU and no LibTorch; what is compiled is thrown away. One line a file, then `N passed, N failed`; without nvcc it
 * says so and passes.
 *
 *   node scripts/compile-kernels.mjs
 */
import {spawn} from 'node:child_process';
import {mkdtempSync, rmSync} from 'node:fs';
import {availableParallelism, tmpdir} from 'node:os';
import {basename, dirname, join} from 'node:path';
import {fileURLToPath} from 'node:url';
import {filesBelow} from './lib/hash.mjs';
import {capture} from './lib/run.mjs';

const ARCHITECTURES = ['80', '90'];
const root = dirname(dirname(fileURLToPath(import.meta.url)));
const nvcc = process.env['NVCC'] || 'nvcc';

/**
 * @param {string} file
 * @param {string} folder
 * @returns {Promise<string>} what nvcc complains of, empty if nothing
 */
function compile(file, folder) {
  const architectures = ARCHITECTURES.flatMap((number) => [
    '-gencode',
    `arch=compute_${number},code=sm_${number}`,
  ]);
  const args = ['-std=c++20', '-O2', '-c', '-Werror', 'all-warnings', ...architectures];
  const paths = ['-I', join(root, 'native'), '-I', join(root, 'native', 'include')];
  const output = ['-o', join(folder, `${basename(file)}.o`), file];
  return new Promise((resolve) => {
    const child = spawn(nvcc, [...args, ...paths, ...output], {stdio: ['ignore', 'pipe', 'pipe']});
    let words = '';
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (words += chunk));
    child.on('error', (error) => resolve(error.message));
    child.on('close', (code) => resolve(code === 0 ? '' : words || `exit code ${code}`));
  });
}

const version = capture(nvcc, ['--version']);
if (!version.ok) {
  process.stdout.write('kernels: nvcc is not here, so the CUDA kernels were not compiled\n');
} else {
  const files = filesBelow(join(root, 'native', 'kernels')).filter((file) => file.endsWith('.cu'));
  const folder = mkdtempSync(join(tmpdir(), 'synood-kernels-'));
  let failed = 0;
  const waiting = [...files];
  const work = async () => {
    for (let file = waiting.shift(); file; file = waiting.shift()) {
      const begin = performance.now();
      const complaint = await compile(file, folder);
      const seconds = ((performance.now() - begin) / 1000).toFixed(1);
      const verdict = complaint === '' ? 'ok    ' : 'FAILED';
      process.stdout.write(`kernels: ${verdict} ${basename(file).padEnd(24)} ${seconds.padStart(5)} s\n`);
      if (complaint !== '') {
        process.stdout.write(`${complaint}\n`);
        failed += 1;
      }
    }
  };
  try {
    await Promise.all(Array.from({length: availableParallelism()}, work));
  } finally {
    rmSync(folder, {recursive: true, force: true});
  }
  process.stdout.write(`${files.length - failed} passed, ${failed} failed\n`);
  process.exitCode = failed === 0 && files.length > 0 ? 0 : 1;
}
