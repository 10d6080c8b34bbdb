/** Every folder of ts/ has a place in the layering; otherwise the rules would pass over it in silence. */
import {existsSync, readdirSync} from 'node:fs';
import {join} from 'node:path';

/**
 * @param {string} root
 * @param {string[][]} layers
 * @returns {string[]}
 */
export function foldersWithoutLayer(root, layers) {
  const ts = join(root, 'ts');
  if (!existsSync(ts)) return [];
  return readdirSync(ts, {withFileTypes: true})
    .filter((entry) =>
      entry.isDirectory() ? !layers.flat().includes(entry.name) : entry.name !== 'index.ts',
    )
    .map((entry) => `ts/${entry.name} is in no layer of scripts/lint/ts-layers.cjs`);
}
