import {rm} from 'node:fs/promises';
import {join} from 'node:path';
import type {Tensor} from '../binding/contract.js';
import {SynoodError} from '../binding/errors.js';
import {JsonlWriter, readJsonl, writeJsonl} from './files/jsonl.js';
import {saveImage} from './image-output.js';
import type {RgbImage} from './image.js';

/** A row of metadata.jsonl: Hugging Face's key for the image, and whatever else is known of it. */
export interface ImageMetadata {
  file_name: string;
  [key: string]: unknown;
}

const METADATA = 'metadata.jsonl';
/** Hidden, so that nobody takes an unfinished folder's rows for its metadata. */
const PROGRESS = '.metadata.partial.jsonl';

/** A name from outside becomes a path inside the folder: nothing that could leave it, nothing hidden. */
function checkFileName(name: string): void {
  const parts = name.split('/');
  if (parts.some((part) => part === '' || part.startsWith('.') || /[\\\0:]/.test(part))) {
    throw new SynoodError('ERR_VALUE', `${JSON.stringify(name)} cannot be a file name in an image folder.`);
  }
}

function rowsByName(rows: unknown[]): Map<string, ImageMetadata> {
  return new Map((rows as ImageMetadata[]).map((row) => [row.file_name, row]));
}

/**
 * Writes a Hugging Face `imagefolder`: `<class>/<id>.png` and metadata.jsonl, whose rows are sorted by file_name. An
 * interrupted folder can be opened again; it ends with the same bytes as an uninterrupted one.
 *
 * @see https://huggingface.co/docs/datasets/image_dataset
 */
export class ImageFolderWriter {
  private constructor(
    readonly root: string,
    readonly rows: Map<string, ImageMetadata>,
    private readonly progress: JsonlWriter,
  ) {}

  /** Opens a folder, with what an earlier writer left in it. */
  static async open(root: string): Promise<ImageFolderWriter> {
    const done = await readJsonl(join(root, METADATA));
    const partial = await readJsonl(join(root, PROGRESS));
    // Makes the folder too, and keeps a finished folder's rows if it is opened again.
    if (partial.length === 0) await writeJsonl(join(root, PROGRESS), done);
    const rows = rowsByName(partial.length === 0 ? done : partial);
    return new ImageFolderWriter(root, rows, await JsonlWriter.open(join(root, PROGRESS)));
  }

  /** Whether the image was added, in this run or an earlier one. */
  has(fileName: string): boolean {
    return this.rows.has(fileName);
  }

  /** Saves the image, then notes it: a row never stands for a file that is not there. */
  async add(fileName: string, image: Tensor | RgbImage, metadata: Record<string, unknown>): Promise<void> {
    checkFileName(fileName);
    await saveImage(join(this.root, ...fileName.split('/')), image);
    const {file_name: _, ...rest} = metadata;
    const row: ImageMetadata = {file_name: fileName, ...rest};
    await this.progress.append(row);
    this.rows.set(fileName, row);
  }

  /** Writes metadata.jsonl. The writer is closed then. */
  async finish(): Promise<void> {
    await this.progress.close();
    const sorted = [...this.rows.keys()].sort((a, b) => (a < b ? -1 : 1)).map((name) => this.rows.get(name)!);
    await writeJsonl(join(this.root, METADATA), sorted);
    await rm(join(this.root, PROGRESS), {force: true});
  }

  /** Leaves the folder as it is, to be opened again. */
  close(): Promise<void> {
    return this.progress.close();
  }
}

/** The rows of an image folder's metadata.jsonl. @throws SynoodError ERR_CONFIG naming file and line */
export async function readImageMetadata(root: string): Promise<ImageMetadata[]> {
  return (await readJsonl(join(root, METADATA))) as ImageMetadata[];
}

/** The rows of a folder that is still written, in the order of writing. @throws SynoodError ERR_CONFIG */
export async function readPartialMetadata(root: string): Promise<ImageMetadata[]> {
  return (await readJsonl(join(root, PROGRESS))) as ImageMetadata[];
}
