/** Looks for LibTorch on this machine; downloads nothing. */
import {existsSync, readdirSync, realpathSync} from 'node:fs';
import {homedir} from 'node:os';
import {join, resolve} from 'node:path';
import {capture, which} from '../lib/run.mjs';
import {describeLibtorch} from './describe.mjs';
import {isSupported, pinnedVersion, supportedMinors} from './versions.mjs';

/** Written last: a folder without it is a half-finished one. */
export const doneMarker = '.complete';

/** Before the first compile there is no `synood` yet. */
export const pullCommand = existsSync(new URL('../../dist/ts/cli/main.js', import.meta.url))
  ? 'npx synood libtorch pull'
  : 'node scripts/libtorch.mjs pull';

/** The folder that holds one folder `<version>-<cpu|cuXXX>` for each LibTorch. */
export function cacheFolder() {
  const base =
    process.env.SYNOOD_CACHE || join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'synood');
  return join(resolve(base), 'libtorch');
}

/**
 * Option, SYNOOD_LIBTORCH, cache folder, installed Python torch: the first that holds one is taken. An option
 * or variable that points at nothing usable is an answer of its own: it never falls through to another place.
 *
 * @param {import('../libtorch.mjs').FindOptions} [options]
 * @returns {import('../libtorch.mjs').LibtorchStatus}
 */
export function findLibtorch({path, prefer, version} = {}) {
  const named = path ?? process.env.SYNOOD_LIBTORCH;
  if (named) {
    const source = path ? 'option' : 'environment';
    const label = path ? `the option libtorch (${path})` : `SYNOOD_LIBTORCH (${named})`;
    return judge(resolve(named), source, label, version);
  }
  /** @type {import('../libtorch.mjs').LibtorchStatus[]} */
  const seen = [];
  // One place after the other, since asking Python costs a tenth of a second.
  for (const look of [inCache, besidePython]) {
    const found = look(version, prefer).filter((status) => seen.push(status) && status.found);
    const preferred = found.find((status) => !prefer || (prefer === 'cpu') === (status.variant === 'cpu'));
    if (preferred) return preferred;
  }
  return seen.find((status) => status.found) ?? seen[0] ?? nothing();
}

/**
 * @param {string} path
 * @param {'option' | 'environment' | 'cache' | 'python'} source
 * @param {string} label
 * @param {string} [exactly] the only version that will do
 * @returns {import('../libtorch.mjs').LibtorchStatus}
 */
function judge(path, source, label, exactly) {
  const {version, variant, missing} = describeLibtorch(path);
  const reasons = missing.map((name) => `${label} has no ${name}`);
  if (missing.length === 0 && !isSupported(version)) {
    reasons.push(`${label} is LibTorch ${version}; one of ${supportedMinors.join(', ')} is needed`);
  } else if (missing.length === 0 && exactly && version !== exactly) {
    reasons.push(`${label} is LibTorch ${version}; the native core was built against ${exactly}`);
  }
  const found = reasons.length === 0;
  return {found, path, version, variant, source, missing: reasons, command: found ? '' : pullCommand};
}

/**
 * @param {string} [version]
 * @param {'cpu' | 'cuda'} [prefer]
 */
function inCache(version, prefer) {
  const root = cacheFolder();
  if (!existsSync(root)) return [];
  const rank = (/** @type {string} */ name) =>
    (name.startsWith(`${version ?? pinnedVersion}-`) ? 0 : 2) +
    (name.endsWith('-cpu') === (prefer !== 'cuda') ? 0 : 1);
  return readdirSync(root)
    .filter((name) => /^[\d.]+-(cpu|cu\w+)$/.test(name) && existsSync(join(root, name, doneMarker)))
    .sort((a, b) => rank(a) - rank(b) || b.localeCompare(a, 'en', {numeric: true}))
    .map((name) => judge(join(root, name), 'cache', join(root, name), version));
}

/**
 * The torch of the Python on PATH. find_spec does not import it: an import takes seconds.
 *
 * @param {string} [version]
 */
function besidePython(version) {
  const python = which('python3', 'python');
  if (!python) return [];
  const code =
    'import importlib.util as u\ns = u.find_spec("torch")\nprint(s.submodule_search_locations[0] if s else "")';
  const folder = capture(python, ['-c', code], {timeout: 10_000}).stdout.trim();
  if (!folder || !existsSync(folder)) return [];
  return [judge(realpathSync(folder), 'python', `Python's torch (${folder})`, version)];
}

/** @returns {import('../libtorch.mjs').LibtorchStatus} */
function nothing() {
  const missing = [
    'SYNOOD_LIBTORCH is not set',
    `${cacheFolder()} holds no finished LibTorch`,
    `Python on PATH has no torch ${supportedMinors[0]}-${supportedMinors.at(-1)}`,
  ];
  return {found: false, path: '', version: '', variant: '', source: '', missing, command: pullCommand};
}
