#!/usr/bin/env node
/**
 * Makes a fresh checkout ready to run: packages, LibTorch, native build, TypeScript. Runs before `npm start` and
 * `npm test`, so it uses nothing but Node and does nothing that is done already.
 *
 *   node scripts/setup.mjs [--tests]     --tests: the GoogleTest program as well
 */
import {dirname, join} from 'node:path';
import {fileURLToPath} from 'node:url';
import {parseArgs} from 'node:util';
import {withLock} from './lib/lock.mjs';
import {checkNode, SetupError} from './setup/requirements.mjs';
import {installPackages, packagesAreInstalled} from './setup/packages.mjs';
import {buildNativeCode, nativeIsBuilt} from './setup/native.mjs';
import {compileTypeScript, typeScriptIsCompiled} from './setup/typescript.mjs';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const say = (/** @type {string} */ message) => process.stderr.write(`setup: ${message}\n`);

/** @param {boolean} tests */
async function setUp(tests) {
  /** @type {[string, () => Promise<boolean>, () => Promise<unknown>][]} */
  const stages = [
    ['packages', async () => packagesAreInstalled(root), () => installPackages(root)],
    ['native code', () => nativeIsBuilt(root, {tests, say}), () => buildNativeCode(root, {tests, say})],
    ['TypeScript', async () => typeScriptIsCompiled(root), () => compileTypeScript(root)],
  ];
  for (const [name, isDone, work] of stages) {
    if (await isDone()) continue;
    say(`${name} ...`);
    const start = performance.now();
    await work();
    say(`${name}: done in ${((performance.now() - start) / 1000).toFixed(1)} s`);
  }
}

const {values} = parseArgs({options: {tests: {type: 'boolean', default: false}}});
try {
  checkNode();
  await withLock(join(root, 'build', '.setup.lock'), () => setUp(values.tests), say);
} catch (error) {
  say(error instanceof Error ? error.message : String(error));
  if (!(error instanceof SetupError))
    say('mend that and run the same command again; what is done stays done.');
  process.exitCode = 1;
}
