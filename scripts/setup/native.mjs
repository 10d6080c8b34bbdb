/** build/Release: made from the sources that lie here, against the LibTorch that is found here. */
import {existsSync, readFileSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {buildNative, deviceFor, testProgram} from '../cmake-build.mjs';
import {hashSources} from '../lib/hash.mjs';
import {findLibtorch, obtainLibtorch} from '../libtorch.mjs';
import {checkBuildTools, missingTestLibraries, installCommand} from './requirements.mjs';

/** @typedef {{tests: boolean, say: (message: string) => void}} Options */

/** @param {string} root */
const output = (root) => join(root, 'build', 'Release');
/** @param {string} root */
const stampPath = (root) => join(output(root), '.stamp');

/**
 * @param {string} root
 * @param {Options} options
 */
export async function nativeIsBuilt(root, {tests, say}) {
  if (hasPrebuilt(root)) return true;
  const stamp = readStamp(root);
  const libtorch = findLibtorch();
  if (!libtorch.found || stamp.core !== coreHash(root, libtorch)) return false;
  if (!existsSync(join(output(root), 'synood.node'))) return false;
  if (!tests) return true;
  if (stamp.tests === testsHash(root) && testProgram(deviceFor(libtorch))) return true;
  return !canBuildTests(say);
}

/**
 * @param {string} root
 * @param {Options} options
 */
export async function buildNativeCode(root, {tests, say}) {
  checkBuildTools();
  const libtorch = await obtainLibtorch({log: (message) => say(`LibTorch: ${message}`)});
  say(`LibTorch ${libtorch.version} (${libtorch.variant}) from ${libtorch.source}: ${libtorch.path}`);
  const withTests = tests && canBuildTests(say);
  // Hashed before the build: what is edited meanwhile is built the next time.
  const stamp = {core: coreHash(root, libtorch), tests: withTests ? testsHash(root) : ''};
  await buildNative({outdir: output(root), tests: withTests, libtorch});
  writeFileSync(stampPath(root), JSON.stringify(stamp));
}

/**
 * A package from the registry brings its binaries; a checkout never uses them.
 *
 * @param {string} root
 */
function hasPrebuilt(root) {
  const prebuilt = join(root, 'prebuilds', `${process.platform}-${process.arch}`, 'synood.node');
  return !existsSync(join(root, 'package-lock.json')) && existsSync(prebuilt);
}

/**
 * @param {string} root
 * @returns {{core?: string, tests?: string}}
 */
function readStamp(root) {
  try {
    return JSON.parse(readFileSync(stampPath(root), 'utf8'));
  } catch {
    return {};
  }
}

const BUILD_FILES = ['CMakeLists.txt', 'cmake', 'src', 'native'];

/**
 * @param {string} root
 * @param {{path: string, version: string, variant: string}} libtorch
 */
function coreHash(root, {path, version, variant}) {
  const accept = /^(?!native\/test\/)/;
  return hashSources(root, [...BUILD_FILES, 'scripts/cmake-build.mjs'], {
    accept,
    also: [path, version, variant],
  });
}

/** @param {string} root */
const testsHash = (root) => hashSources(root, ['native/test']);

/** @param {(message: string) => void} say */
function canBuildTests(say) {
  const missing = missingTestLibraries();
  if (missing.length === 0) return true;
  say(`native tests are left out: their libraries are missing. Install with: ${installCommand(missing)}`);
  return false;
}
