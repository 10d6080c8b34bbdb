import {lstat, readdir, realpath, stat} from 'node:fs/promises';
import {extname, join, relative, sep} from 'node:path';
import {messageOf, SynoodError} from '../binding/errors.js';

/** One image file of a folder. */
export interface ImageItem {
  /** Path relative to the root, always with "/": stable across machines. */
  id: string;
  path: string;
  /** The first folder below the root; '' for images that lie in the root itself. */
  className: string;
  bytes: number;
}

export interface SkippedFile {
  /** Relative to the root, with "/". */
  path: string;
  reason: string;
}

export interface ImageFolder {
  root: string;
  /** Sorted; the order of the class indices. */
  classes: string[];
  /** Sorted by id. */
  items: ImageItem[];
  /** What was not taken, and why, sorted by path. Hidden files are not mentioned. */
  skipped: SkippedFile[];
}

const EXTENSIONS = new Set([
  '.jpg',
  '.jpeg',
  '.jpe',
  '.jfif',
  '.png',
  '.webp',
  '.gif',
  '.tif',
  '.tiff',
  '.avif',
]);

/** Files that go with images in known layouts, and that nobody wants to be told about. */
const EXPECTED = new Set(['metadata.jsonl', 'metadata.csv', 'readme.md', 'readme.txt', 'readme', 'license']);

/** By code units, not by the machine's language: the order must be the same everywhere. */
const byCodeUnit = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

const isImageName = (name: string): boolean => EXTENSIONS.has(extname(name).toLowerCase());

class Walk {
  readonly items: ImageItem[] = [];
  readonly skipped: SkippedFile[] = [];
  #visited = new Set<string>();

  constructor(private readonly realRoot: string) {}

  #skip(path: string, reason: string): void {
    this.skipped.push({path, reason});
  }

  async directory(path: string, id: string): Promise<void> {
    const real = await realpath(path);
    // A link to a folder above would go round in circles.
    if (this.#visited.has(real)) return this.#skip(id, 'a link to a folder that is read already');
    this.#visited.add(real);
    for (const name of (await readdir(path)).sort(byCodeUnit)) {
      if (name.startsWith('.')) continue;
      await this.#entry(join(path, name), id === '' ? name : `${id}/${name}`, name);
    }
  }

  async #entry(path: string, id: string, name: string): Promise<void> {
    try {
      const isLink = (await lstat(path)).isSymbolicLink();
      if (isLink && !(await this.#staysInside(path))) return this.#skip(id, 'a link that leaves the folder');
      const stats = await stat(path);
      if (stats.isDirectory()) {
        if (isImageName(name)) return this.#skip(id, 'a directory, not an image file');
        return await this.directory(path, id);
      }
      if (!stats.isFile()) return this.#skip(id, 'not a regular file');
      if (!isImageName(name)) {
        if (!EXPECTED.has(name.toLowerCase()))
          this.#skip(id, `not the name of an image (${extname(name) || 'no ending'})`);
        return;
      }
      const slash = id.indexOf('/');
      this.items.push({id, path, className: slash < 0 ? '' : id.slice(0, slash), bytes: stats.size});
    } catch (error) {
      const broken = (error as NodeJS.ErrnoException).code === 'ENOENT';
      this.#skip(id, broken ? 'a link to nothing' : `cannot be read (${messageOf(error)})`);
    }
  }

  async #staysInside(path: string): Promise<boolean> {
    const inside = relative(this.realRoot, await realpath(path));
    return inside !== '..' && !inside.startsWith(`..${sep}`);
  }
}

/**
 * Lists the images of a folder, `<class>/.../<file>` or flat. Deeper folders are descended into and belong to the
 * first one. Links are followed inside the root only.
 *
 * @throws SynoodError ERR_IO if the folder is not there or cannot be read
 */
export async function listImageFolder(root: string): Promise<ImageFolder> {
  let walk: Walk;
  try {
    if (!(await stat(root)).isDirectory()) {
      throw new SynoodError('ERR_IO', `${root} is a file; expected a folder of images.`);
    }
    walk = new Walk(await realpath(root));
    await walk.directory(root, '');
  } catch (error) {
    if (error instanceof SynoodError) throw error;
    throw new SynoodError('ERR_IO', `Cannot read the image folder ${root}: ${messageOf(error)}`, {
      cause: error,
    });
  }
  const items = walk.items.sort((a, b) => byCodeUnit(a.id, b.id));
  const classes = [...new Set(items.map((item) => item.className))].sort(byCodeUnit);
  return {root, classes, items, skipped: walk.skipped.sort((a, b) => byCodeUnit(a.path, b.path))};
}
