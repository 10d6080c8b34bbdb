import {existsSync, readdirSync} from 'node:fs';
import {join} from 'node:path';
import {fileURLToPath, pathToFileURL} from 'node:url';
import type {Row} from './row.js';

const folder = fileURLToPath(new URL('../rows', import.meta.url));

/** What can be measured: the folders of bench/rows. */
export function areas(): string[] {
  return existsSync(folder) ? readdirSync(folder).sort() : [];
}

/** The rows of an area: what the files of bench/rows/<area> export as default, by file name. */
export async function rowsIn(area: string): Promise<Row[]> {
  const files = readdirSync(join(folder, area)).filter((name) => name.endsWith('.js'));
  const groups = files.sort().map(async (name) => {
    const module = (await import(pathToFileURL(join(folder, area, name)).href)) as {default: Row[]};
    return module.default;
  });
  return (await Promise.all(groups)).flat();
}
