/** node_modules: there, and what package-lock.json says. */
import {createHash} from 'node:crypto';
import {existsSync, readFileSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {run, which} from '../lib/run.mjs';

/** @param {string} root */
const stampPath = (root) => join(root, 'node_modules', '.synood-lock');

/** @param {string} root */
const lockHash = (root) =>
  createHash('sha256')
    .update(readFileSync(join(root, 'package-lock.json')))
    .digest('hex');

/**
 * In an installed package (no package-lock.json) npm has seen to it.
 *
 * @param {string} root
 */
export function packagesAreInstalled(root) {
  if (!existsSync(join(root, 'package-lock.json'))) return true;
  if (!existsSync(join(root, 'node_modules'))) return false;
  const stamp = stampPath(root);
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === lockHash(root)) return true;
  if (!matchesLock(root)) return false;
  writeFileSync(stamp, lockHash(root));
  return true;
}

/**
 * Whether somebody's own `npm install` has already brought all that the lock file names.
 *
 * @param {string} root
 */
function matchesLock(root) {
  const hidden = join(root, 'node_modules', '.package-lock.json');
  if (!existsSync(hidden)) return false;
  const wanted = Object.entries(JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8')).packages);
  const there = JSON.parse(readFileSync(hidden, 'utf8')).packages;
  return wanted.every(
    ([path, entry]) => path === '' || entry.optional || entry.version === there[path]?.version,
  );
}

/** @param {string} root */
export async function installPackages(root) {
  const npm = process.env.npm_execpath;
  const args = ['ci', '--include=dev', '--no-audit', '--no-fund'];
  if (npm && /\.c?js$/.test(npm)) await run(process.execPath, [npm, ...args], {cwd: root});
  else await run(which('npm') ?? 'npm', args, {cwd: root});
  writeFileSync(stampPath(root), lockHash(root));
}
