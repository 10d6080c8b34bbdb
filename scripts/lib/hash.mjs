/** Content hashes of source trees, to know whether something has to be built again. */
import {createHash} from 'node:crypto';
import {existsSync, readFileSync, readdirSync, statSync} from 'node:fs';
import {join, relative, sep} from 'node:path';

/**
 * Every file at or below `path`, sorted.
 *
 * @param {string} path
 * @returns {string[]}
 */
export function filesBelow(path) {
  if (!existsSync(path)) return [];
  if (!statSync(path).isDirectory()) return [path];
  return readdirSync(path, {withFileTypes: true, recursive: true})
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath ?? entry.path, entry.name))
    .sort();
}

/**
 * One hash over names and contents.
 *
 * @param {string} root names are relative to this folder, so that a moved checkout keeps its hash
 * @param {string[]} paths files and folders below root; absent ones count as empty
 * @param {{accept?: RegExp, also?: string[]}} [options] `accept`: which names count; `also`: further text
 * @returns {string}
 */
export function hashSources(root, paths, {accept = /./, also = []} = {}) {
  const hash = createHash('sha256');
  for (const text of also) hash.update(`${text}\0`);
  for (const file of paths.flatMap((path) => filesBelow(join(root, path)))) {
    const name = relative(root, file).split(sep).join('/');
    if (!accept.test(name)) continue;
    const content = readFileSync(file);
    hash.update(`${name}\0${content.length}\0`).update(content);
  }
  return hash.digest('hex');
}
