#!/usr/bin/env node
/**
 * Everything that is checked without running the product; one line per check.
 *
 *   node scripts/lint.mjs [--fix] [--only layers,native-layers,...] [--root <folder>]
 *
 * --root lints another tree with this one's tools.
 */
import {existsSync} from 'node:fs';
import {createRequire} from 'node:module';
import {dirname, join, resolve} from 'node:path';
import {fileURLToPath} from 'node:url';
import {parseArgs} from 'node:util';
import {filesBelow} from './lib/hash.mjs';
import {capture} from './lib/run.mjs';
import {libtorchLeaks, nativeUpwardIncludes, serialLoops} from './lint/native-layers.mjs';
import {foldersWithoutLayer} from './lint/ts-folders.mjs';
import {longFiles} from './lint/sizes.mjs';

const home = dirname(dirname(fileURLToPath(import.meta.url)));
const {values} = parseArgs({
  options: {
    fix: {type: 'boolean', default: false},
    only: {type: 'string'},
    root: {type: 'string', default: home},
  },
});
const root = resolve(values.root);
const require = createRequire(import.meta.url);

/** Folders and files of `names` that are there: a tool that is given an absent one fails. */
const present = (/** @type {string[]} */ ...names) => names.filter((name) => existsSync(join(root, name)));

/**
 * Runs a program of node_modules in the linted tree.
 *
 * @param {string} script
 * @param {string[]} args
 * @returns {string[]} what it complains of, as lines; empty if nothing
 */
function tool(script, args) {
  const {ok, stdout, stderr} = capture(process.execPath, [join(home, 'node_modules', script), ...args], {
    cwd: root,
  });
  if (ok) return [];
  const lines = `${stdout}\n${stderr}`.split('\n').filter((line) => line.trim() !== '');
  return lines.length > 0 ? lines : [`${script} failed without a word`];
}

function prettier() {
  const paths = present(
    'ts',
    'test',
    'scripts',
    'bench',
    'docs',
    'README.md',
    'package.json',
    'tsconfig.json',
  );
  const dotted = present('.dependency-cruiser.cjs', 'eslint.config.js');
  const mode = values.fix ? '--write' : '--check';
  return tool('prettier/bin/prettier.cjs', [
    mode,
    '--ignore-unknown',
    '--no-error-on-unmatched-pattern',
    '--log-level',
    'warn',
    ...paths,
    ...dotted,
  ]);
}

function clangFormat() {
  const files = ['native', 'src'].flatMap((folder) => filesBelow(join(root, folder)));
  const sources = files.filter((file) => /\.(h|cpp|cu|cuh)$/.test(file));
  if (sources.length === 0) return [];
  const mode = values.fix ? ['-i'] : ['--dry-run', '-Werror'];
  const complaints = tool('clang-format/index.js', [...mode, ...sources]);
  // One line per place; the excerpts below each are of no use without colours.
  const places = complaints.filter((line) => line.includes(': error:'));
  return (places.length > 0 ? places : complaints).map((line) => line.replace(`${root}/`, ''));
}

function dependencyCruiser() {
  const config = join(home, '.dependency-cruiser.cjs');
  return tool('dependency-cruiser/bin/dependency-cruise.mjs', [
    'ts',
    '--config',
    config,
    '--output-type',
    'err',
  ]);
}

/** @type {[string, () => string[]][]} */
const checks = [
  ['types', () => tool('typescript/bin/tsc', ['--noEmit', '-p', 'tsconfig.json'])],
  [
    'eslint',
    () => tool('eslint/bin/eslint.js', [...(values.fix ? ['--fix'] : []), '--max-warnings', '0', '.']),
  ],
  ['prettier', prettier],
  ['clang-format', clangFormat],
  ['layers', () => [...foldersWithoutLayer(root, require('./lint/ts-layers.cjs')), ...dependencyCruiser()]],
  ['native-layers', () => nativeUpwardIncludes(root)],
  ['parallel-loops', () => serialLoops(root)],
  ['no-libtorch-at-the-boundary', () => libtorchLeaks(root)],
  ['file-sizes', () => longFiles(root)],
];

const wanted = values.only?.split(',');
const unknown = wanted?.filter((name) => !checks.some(([known]) => known === name)) ?? [];
if (unknown.length > 0) {
  process.stderr.write(
    `lint: no check is called ${unknown.join(', ')}; there are ${checks.map(([name]) => name).join(', ')}\n`,
  );
  process.exit(2);
}
let failed = 0;
for (const [name, check] of checks) {
  if (wanted && !wanted.includes(name)) continue;
  const start = performance.now();
  const complaints = check();
  const seconds = ((performance.now() - start) / 1000).toFixed(1);
  process.stdout.write(
    `lint: ${complaints.length === 0 ? 'ok    ' : 'FAILED'} ${name.padEnd(28)} ${seconds.padStart(5)} s\n`,
  );
  for (const line of complaints) process.stdout.write(`  ${line}\n`);
  if (complaints.length > 0) failed += 1;
}
process.exitCode = failed === 0 ? 0 : 1;
