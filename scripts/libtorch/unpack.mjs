/** Unpacks zip archives with whatever this machine has for it. */
import {mkdirSync} from 'node:fs';
import {capture, run, which} from '../lib/run.mjs';

const PYTHON_UNZIP = `
import sys, zipfile
archive, target, prefixes = sys.argv[1], sys.argv[2], tuple(sys.argv[3:])
with zipfile.ZipFile(archive) as z:
    for name in z.namelist():
        if not prefixes or name.startswith(prefixes):
            z.extract(name, target)
`;

/**
 * @param {string} archive
 * @param {string} target
 * @param {string[]} [prefixes] only members that start with one of these; all, if left out
 */
export async function unpack(archive, target, prefixes = []) {
  mkdirSync(target, {recursive: true});
  const unzip = which('unzip');
  const python = which('python3', 'python');
  const tar = which('bsdtar', 'tar');
  const patterns = prefixes.map((prefix) => (prefix.endsWith('/') ? `${prefix}*` : prefix));
  if (unzip) {
    await run(unzip, ['-q', '-o', archive, ...patterns, '-d', target]);
  } else if (python) {
    await run(python, ['-c', PYTHON_UNZIP, archive, target, ...prefixes]);
  } else if (tar && capture(tar, ['--version']).stdout.includes('bsdtar')) {
    await run(tar, ['-xf', archive, '-C', target, ...patterns]);
  } else {
    throw new Error('no program unpacks zip files here; install one: apt-get install -y unzip');
  }
}
