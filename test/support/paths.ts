import {existsSync} from 'node:fs';
import {dirname, join} from 'node:path';
import {fileURLToPath} from 'node:url';

function findRoot(from: string): string {
  return existsSync(join(from, 'package.json')) ? from : findRoot(dirname(from));
}

/** The checkout's root, wherever the compiled test lies. */
export const repoRoot = findRoot(dirname(fileURLToPath(import.meta.url)));

/** A path below test/fixtures. */
export const fixture = (...parts: string[]): string => join(repoRoot, 'test', 'fixtures', ...parts);
