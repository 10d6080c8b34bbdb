#!/usr/bin/env node
/**
 * Runs the native tests (if they are built) and ava's, and ends with one line: `N passed, N failed`.
 *
 *   npm test                                   all of them
 *   npm test -- test/cli/run.test.ts           some of ava's, by file; sources or compiled
 *   npm test -- --match='*circle*'             some of ava's, by title; any of ava's own options
 *   npm test -- --native 'Attention*'          some of the native ones, by GoogleTest's filter
 */
import {spawn} from 'node:child_process';
import {mkdtempSync, readFileSync, rmSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {dirname, join} from 'node:path';
import {fileURLToPath} from 'node:url';
import {deviceFor, testProgram} from './cmake-build.mjs';
import {findLibtorch} from './libtorch.mjs';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const args = process.argv.slice(2);
const onlyNative = args[0] === '--native';

/** @typedef {{passed: number, failed: number}} Count */

/**
 * Runs a program, showing its output as it comes.
 *
 * @param {string} program
 * @param {string[]} programArgs
 * @returns {Promise<{ok: boolean, output: string}>}
 */
function show(program, programArgs) {
  return new Promise((resolve, reject) => {
    const child = spawn(program, programArgs, {cwd: root, stdio: ['ignore', 'pipe', 'inherit']});
    let output = '';
    child.stdout.on('data', (chunk) => {
      output += chunk;
      process.stdout.write(chunk);
    });
    child.on('error', reject);
    child.on('close', (code) => resolve({ok: code === 0, output}));
  });
}

/**
 * A program that failed without a failed test (it crashed, or found no test) counts as one failure.
 *
 * @param {Count} count
 * @param {boolean} ok
 * @returns {Count}
 */
const honest = ({passed, failed}, ok) => ({passed, failed: ok ? failed : Math.max(1, failed)});

/**
 * @param {string} [filter]
 * @returns {Promise<Count>}
 */
async function runNative(filter = '*') {
  const program = testProgram(deviceFor(findLibtorch()));
  if (!program) {
    process.stderr.write('test: the native tests are not built; `npm run setup -- --tests` builds them\n');
    return {passed: 0, failed: onlyNative ? 1 : 0};
  }
  const folder = mkdtempSync(join(tmpdir(), 'synood-test-'));
  try {
    const result = join(folder, 'result.json');
    const options = [`--gtest_filter=${filter}`, `--gtest_output=json:${result}`, '--gtest_brief=1'];
    const {ok} = await show(program, options);
    return honest(readGoogleTest(result), ok);
  } finally {
    rmSync(folder, {recursive: true, force: true});
  }
}

/**
 * @param {string} path
 * @returns {Count}
 */
function readGoogleTest(path) {
  try {
    const suites = JSON.parse(readFileSync(path, 'utf8')).testsuites ?? [];
    const cases = suites.flatMap((/** @type {any} */ suite) => suite.testsuite);
    const ran = cases.filter((/** @type {any} */ one) => one.result === 'COMPLETED');
    const failed = ran.filter((/** @type {any} */ one) => one.failures?.length > 0).length;
    return {passed: ran.length - failed, failed};
  } catch {
    return {passed: 0, failed: 0}; // it crashed before it wrote the file
  }
}

/**
 * @param {string[]} options
 * @returns {Promise<Count>}
 */
async function runAva(options) {
  const compiled = options.map((option) => option.replace(/^(\.\/)?((test|bench)\/.*)\.ts$/, 'dist/$2.js'));
  const ava = join(root, 'node_modules', 'ava', 'entrypoints', 'cli.mjs');
  const {ok, output} = await show(process.execPath, [ava, ...compiled]);
  const count = (/** @type {RegExp} */ pattern) => {
    const numbers = [...output.matchAll(pattern)].map((match) => Number(match[1]));
    return numbers.at(-1) ?? 0;
  };
  // ava names the passed ones in its summary only when none failed, so their lines are counted; "√" is what it
  // prints where the terminal has no "✔". The failed ones are in the summary: "1 test failed", "1 uncaught
  // exception", "2 unhandled rejections".
  const failed =
    count(/^ {2}(\d+) tests? failed$/gm) +
    count(/^ {2}(\d+) uncaught exceptions?$/gm) +
    count(/^ {2}(\d+) unhandled rejections?$/gm);
  return honest({passed: output.match(/^ {2}[✔√] /gm)?.length ?? 0, failed}, ok);
}

const native = onlyNative || args.length === 0 ? await runNative(args[1]) : {passed: 0, failed: 0};
const ava = onlyNative ? {passed: 0, failed: 0} : await runAva(args);
const passed = native.passed + ava.passed;
const failed = native.failed + ava.failed;
process.stdout.write(`${passed} passed, ${failed} failed\n`);
process.exitCode = failed === 0 && passed > 0 ? 0 : 1;
