/** dist/: compiled from the TypeScript that lies here. */
import {existsSync, mkdirSync, readFileSync, rmSync, writeFileSync} from 'node:fs';
import {join, relative} from 'node:path';
import {filesBelow, hashSources} from '../lib/hash.mjs';
import {run} from '../lib/run.mjs';

const FOLDERS = ['ts', 'test', 'bench'];

/** @param {string} root */
const stampPath = (root) => join(root, 'dist', '.stamp');

/** @param {string} root */
const sourceHash = (root) =>
  hashSources(root, [...FOLDERS, 'tsconfig.json', 'package.json', 'scripts'], {
    accept: /(\.ts|\.d\.mts|^tsconfig\.json|^package\.json)$/,
  });

/**
 * A published package has only dist/.
 *
 * @param {string} root
 */
export function typeScriptIsCompiled(root) {
  if (!existsSync(join(root, 'tsconfig.json'))) return true;
  if (!existsSync(stampPath(root)) || !existsSync(join(root, 'dist', 'ts'))) return false;
  return readFileSync(stampPath(root), 'utf8') === sourceHash(root);
}

/** @param {string} root */
export async function compileTypeScript(root) {
  const hash = sourceHash(root);
  // Without its outputs, tsc's own notes of what it has compiled are wrong.
  if (!existsSync(join(root, 'dist', 'ts'))) rmSync(join(root, 'dist', '.tsbuildinfo'), {force: true});
  const tsc = join(root, 'node_modules', 'typescript', 'bin', 'tsc');
  await run(process.execPath, [tsc, '-p', join(root, 'tsconfig.json')], {cwd: root});
  removeOrphans(root);
  mkdirSync(join(root, 'dist'), {recursive: true});
  writeFileSync(stampPath(root), hash);
}

/**
 * A test whose source was deleted or renamed must not run on.
 *
 * @param {string} root
 */
function removeOrphans(root) {
  for (const file of FOLDERS.flatMap((folder) => filesBelow(join(root, 'dist', folder)))) {
    const source = join(root, relative(join(root, 'dist'), file)).replace(/(\.d\.ts|\.js)(\.map)?$/, '.ts');
    if (!existsSync(source)) rmSync(file);
  }
}
