/** What a build needs of this machine, and the command that installs what it lacks. */
import {capture, which} from '../lib/run.mjs';

/** A message for the person at the keyboard, complete as it stands. */
export class SetupError extends Error {}

const MINIMUM_NODE = [20, 19];

export function checkNode(version = process.versions.node) {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  const [wantedMajor = 0, wantedMinor = 0] = MINIMUM_NODE;
  if (major > wantedMajor || (major === wantedMajor && minor >= wantedMinor)) return;
  throw new SetupError(
    `Node ${MINIMUM_NODE.join('.')} or newer is needed, this is ${version}. Install one: https://nodejs.org/en/download`,
  );
}

/** @typedef {'compiler' | 'cmake' | 'ninja' | 'gtest' | 'json'} Tool */

/** Each installer: the program that tells which system this is, its command, its package names. */
const installers = [
  {
    program: 'apt-get',
    command: 'apt-get install -y',
    packages: {
      compiler: 'build-essential',
      cmake: 'cmake',
      ninja: 'ninja-build',
      gtest: 'libgtest-dev',
      json: 'nlohmann-json3-dev',
    },
  },
  {
    program: 'dnf',
    command: 'dnf install -y',
    packages: {
      compiler: 'gcc-c++',
      cmake: 'cmake',
      ninja: 'ninja-build',
      gtest: 'gtest-devel',
      json: 'json-devel',
    },
  },
  {
    program: 'zypper',
    command: 'zypper install -y',
    packages: {
      compiler: 'gcc-c++',
      cmake: 'cmake',
      ninja: 'ninja',
      gtest: 'gtest',
      json: 'nlohmann_json-devel',
    },
  },
  {
    program: 'pacman',
    command: 'pacman -S --noconfirm',
    packages: {compiler: 'base-devel', cmake: 'cmake', ninja: 'ninja', gtest: 'gtest', json: 'nlohmann-json'},
  },
  {
    program: 'apk',
    command: 'apk add',
    packages: {
      compiler: 'build-base',
      cmake: 'cmake',
      ninja: 'samurai',
      gtest: 'gtest-dev',
      json: 'nlohmann-json',
    },
  },
  {
    program: 'brew',
    command: 'brew install',
    packages: {compiler: 'llvm', cmake: 'cmake', ninja: 'ninja', gtest: 'googletest', json: 'nlohmann-json'},
  },
];

/**
 * The exact command for this machine.
 *
 * @param {Tool[]} tools
 * @param {(program: string) => unknown} [has]
 * @returns {string}
 */
export function installCommand(tools, has = which) {
  const installer = installers.find(({program}) => has(program)) ?? installers[0];
  if (!installer) throw new Error('no installer is known');
  const asRoot = installer.program === 'brew' || process.getuid?.() === 0 ? '' : 'sudo ';
  return `${asRoot}${installer.command} ${tools.map((tool) => installer.packages[tool]).join(' ')}`;
}

export const compiler = () => (process.env.CXX && which(process.env.CXX)) || which('c++', 'g++', 'clang++');

/** @throws SetupError naming what is missing and the command that installs it */
export function checkBuildTools() {
  /** @type {[Tool, string, unknown][]} */
  const needs = [
    ['compiler', 'a C++20 compiler (g++ or clang++)', compiler()],
    ['cmake', 'CMake', which('cmake')],
    ['ninja', 'Ninja', which('ninja', 'ninja-build', 'samu')],
  ];
  const missing = needs.filter(([, , path]) => !path);
  if (missing.length === 0) return;
  throw new SetupError(
    `the native code cannot be built: ${missing.map(([, name]) => name).join(', ')} not found.\n` +
      `Install with: ${installCommand(missing.map(([tool]) => tool))}`,
  );
}

/** What the native tests include, as packages name it. */
const TEST_HEADERS = /** @type {const} */ ({gtest: 'gtest/gtest.h', json: 'nlohmann/json.hpp'});

/** The libraries of the native tests whose headers the compiler does not see. */
export function missingTestLibraries() {
  const program = compiler();
  const tools = /** @type {(keyof typeof TEST_HEADERS)[]} */ (Object.keys(TEST_HEADERS));
  if (!program) return tools;
  return tools.filter((tool) => {
    const script = `echo '#include <${TEST_HEADERS[tool]}>' | "$0" -E -x c++ - > /dev/null`;
    return !capture('sh', ['-c', script, program]).ok;
  });
}
