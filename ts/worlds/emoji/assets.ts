import {existsSync} from 'node:fs';
import {dirname, join} from 'node:path';
import {fileURLToPath} from 'node:url';

function packageRoot(from: string): string {
  return existsSync(join(from, 'package.json')) ? from : packageRoot(dirname(from));
}

const root = packageRoot(dirname(fileURLToPath(import.meta.url)));

/** A path below the package's assets/emoji-world, whether this runs from source or from dist. */
export const emojiAsset = (...parts: string[]): string => join(root, 'assets', 'emoji-world', ...parts);
