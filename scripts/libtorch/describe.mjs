/** Says what a folder with a LibTorch in it holds, or what it lacks. */
import {existsSync, readFileSync} from 'node:fs';
import {join} from 'node:path';

const libraryName = (/** @type {string} */ name) =>
  process.platform === 'darwin' ? `lib${name}.dylib` : `lib${name}.so`;

/**
 * @param {string} path a folder that should have lib/ and include/
 * @returns {{version: string, variant: string, missing: string[]}} version is '' when nothing tells it;
 *   `missing` names the files that were expected and are not there
 */
export function describeLibtorch(path) {
  const expected = [
    `lib/${libraryName('c10')}`,
    `lib/${libraryName('torch_cpu')}`,
    'include/ATen/ATen.h',
    'include/c10/core/Device.h',
  ];
  const missing = expected.filter((name) => !existsSync(join(path, name)));
  const full = readVersion(path);
  const [version = '', local] = full.split('+');
  if (version === '') missing.push('version.py or build-version');
  const hasCuda = existsSync(join(path, 'lib', libraryName('torch_cuda')));
  return {version, variant: variantOf(path, local, hasCuda), missing};
}

/** @param {string} path */
function readVersion(path) {
  const build = readText(join(path, 'build-version'));
  if (build) return build.trim();
  const python = /^__version__ = ['"]([^'"]+)['"]/m.exec(readText(join(path, 'version.py')));
  if (python?.[1]) return python[1];
  const header = readText(join(path, 'include/torch/headeronly/version.h'));
  const numbers = ['MAJOR', 'MINOR', 'PATCH'].map(
    (part) => new RegExp(`#define TORCH_VERSION_${part} (\\d+)`).exec(header)?.[1],
  );
  return numbers.every(Boolean) ? numbers.join('.') : '';
}

/**
 * cpu or cuXYZ. A wheel from PyPI has no `+cu130` in its version; its version.py says `cuda = '13.0'`.
 *
 * @param {string} path
 * @param {string | undefined} local the part of the version behind the plus sign
 * @param {boolean} hasCuda
 */
function variantOf(path, local, hasCuda) {
  if (!hasCuda) return 'cpu';
  if (local?.startsWith('cu')) return local;
  const cuda = /^cuda\b[^=]*= ['"]([\d.]+)['"]/m.exec(readText(join(path, 'version.py')))?.[1];
  return cuda ? `cu${cuda.replaceAll('.', '')}` : 'cuda';
}

/** @param {string} path */
function readText(path) {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}
