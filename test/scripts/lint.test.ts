import {cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync} from 'node:fs';
import {spawnSync} from 'node:child_process';
import {tmpdir} from 'node:os';
import {dirname, join} from 'node:path';
import test from 'ava';
import {repoRoot} from '../support/paths.js';

/** Lints a tree of the given files with the package's own rules. */
function lint(files: Record<string, string>, only: string): {status: number | null; output: string} {
  const root = mkdtempSync(join(tmpdir(), 'synood-lint-'));
  try {
    for (const name of ['package.json', 'tsconfig.json']) {
      cpSync(join(repoRoot, name), join(root, name));
    }
    for (const [name, text] of Object.entries(files)) {
      mkdirSync(dirname(join(root, name)), {recursive: true});
      writeFileSync(join(root, name), text);
    }
    const script = join(repoRoot, 'scripts', 'lint.mjs');
    const args = [script, '--root', root, '--only', only];
    const {status, stdout, stderr} = spawnSync(process.execPath, args, {encoding: 'utf8'});
    return {status, output: stdout + stderr};
  } finally {
    rmSync(root, {recursive: true, force: true});
  }
}

const exporting = 'export const value = 1;\n';
const importing = (path: string): string => `import {value} from '${path}';\nexport const copy = value;\n`;

test('a downward import passes, an upward one is caught and named', (t) => {
  const down = lint({'ts/engine/a.ts': exporting, 'ts/pipeline/b.ts': importing('../engine/a.js')}, 'layers');
  t.is(down.status, 0, down.output);

  const up = lint({'ts/engine/a.ts': importing('../pipeline/b.js'), 'ts/pipeline/b.ts': exporting}, 'layers');
  t.is(up.status, 1, up.output);
  t.regex(up.output, /ts\/engine\/a\.ts → ts\/pipeline\/b\.ts/);
});

test('a type-only import counts as an import', (t) => {
  const {status, output} = lint(
    {
      'ts/models/a.ts': "import type {Value} from '../cli/b.js';\nexport type Copy = Value;\n",
      'ts/cli/b.ts': 'export type Value = number;\n',
    },
    'layers',
  );
  t.is(status, 1, output);
  t.regex(output, /ts\/models\/a\.ts → ts\/cli\/b\.ts/);
});

test('a circle is caught', (t) => {
  const {status, output} = lint(
    {
      'ts/data/a.ts': "import {b} from './b.js';\nexport const a = (): number => b();\n",
      'ts/data/b.ts': "import {a} from './a.js';\nexport const b = (): number => a();\n",
    },
    'layers',
  );
  t.is(status, 1, output);
  t.regex(output, /no-circle/);
});

test('an import of index.ts from within, and a folder without a layer, are caught', (t) => {
  const {status, output} = lint(
    {
      'ts/index.ts': exporting,
      'ts/cli/a.ts': importing('../index.js'),
      'ts/misc/b.ts': exporting,
    },
    'layers',
  );
  t.is(status, 1, output);
  t.regex(output, /index-is-the-outside/);
  t.regex(output, /ts\/misc is in no layer/);
});

test('a LibTorch header in src/, native/include/ or a CUDA kernel is caught; elsewhere in native/ it is not', (t) => {
  const check = (file: string): number | null =>
    lint({[file]: '#pragma once\n#include <ATen/ATen.h>\n'}, 'no-libtorch-at-the-boundary').status;
  t.is(check('src/addon.cpp'), 1);
  t.is(check('native/include/synood/tensor.h'), 1);
  t.is(check('native/kernels/group_norm.cu'), 1);
  t.is(check('native/nn/linear.h'), 0);
  t.is(check('native/kernels/group_norm.cpp'), 0);
});

test('an upward include in native/ is caught with its line', (t) => {
  const {status, output} = lint(
    {
      'native/models/clip.h': '#pragma once\n',
      'native/nn/attention.h': '#pragma once\n\n#include "models/clip.h"\n',
      'native/synthesis/search.cpp': '#include "models/clip.h"\n',
    },
    'native-layers',
  );
  t.is(status, 1, output);
  t.regex(output, /native\/nn\/attention\.h:3: includes models\/clip\.h/);
  t.notRegex(output, /search\.cpp/);
});

test('a file of 501 lines is caught, one of 500 is not', (t) => {
  const {status, output} = lint(
    {'ts/data/long.ts': '//\n'.repeat(501), 'ts/data/full.ts': '//\n'.repeat(500)},
    'file-sizes',
  );
  t.is(status, 1, output);
  t.regex(output, /ts\/data\/long\.ts: 501 lines/);
  t.notRegex(output, /full\.ts/);
});
