/** A file holds one concept: none is longer than 500 lines. */
import {readFileSync} from 'node:fs';
import {join, relative} from 'node:path';
import {filesBelow} from '../lib/hash.mjs';

const LIMIT = 500;
const FOLDERS = ['native', 'src', 'ts', 'test', 'scripts', 'bench'];

/**
 * @param {string} root
 * @returns {string[]}
 */
export function longFiles(root) {
  return FOLDERS.flatMap((folder) => filesBelow(join(root, folder)))
    .filter((file) => /\.(h|cpp|cu|cuh|ts|mts|mjs|js|cjs|py|sh)$/.test(file) && !file.includes('/fixtures/'))
    .map((file) => ({file, lines: readFileSync(file, 'utf8').split('\n').length - 1}))
    .filter(({lines}) => lines > LIMIT)
    .map(({file, lines}) => `${relative(root, file)}: ${lines} lines, at most ${LIMIT}`);
}
