import {z} from 'zod';
import {SynoodError} from '../binding/errors.js';
import {readJsonl} from '../data/files/jsonl.js';

const ownRow = z.looseObject({id: z.string(), contexts: z.array(z.string())});
/** The published rows: {"train/n01440764/n01440764_10026.JPEG": "a man, a river"}. */
const publishedRow = z.record(z.string(), z.string());

/** Elements of an image, and whether they were one text, to be one again. */
export interface FileContexts {
  elements: string[];
  joined: boolean;
}

/** Contexts by image. */
export class ContextsFile {
  private constructor(private readonly rows: Map<string, string[]>) {}

  /** @throws SynoodError ERR_CONFIG naming file and line */
  static async read(path: string): Promise<ContextsFile> {
    const rows = new Map<string, string[]>();
    for (const [index, value] of (await readJsonl(path)).entries()) {
      const own = ownRow.safeParse(value);
      const published = own.success ? undefined : publishedRow.safeParse(value);
      if (own.success) rows.set(own.data.id, own.data.contexts);
      else if (published?.success) {
        for (const [id, text] of Object.entries(published.data)) rows.set(id, [text]);
      } else {
        throw new SynoodError(
          'ERR_CONFIG',
          `${path}, row ${index + 1}: expected {"id": ..., "contexts": [...]} or {"<path>": "<text>"}.`,
        );
      }
    }
    if (rows.size === 0)
      throw new SynoodError('ERR_CONFIG', `${path} has no rows; expected contexts of images.`);
    return new ContextsFile(rows);
  }

  /** Published paths begin with the name of the split. Only words that say something count. */
  of(id: string): string[] | undefined {
    const found = this.rows.get(id) ?? this.rows.get(`train/${id}`);
    const words = found?.map((word) => word.replace(/\s+/g, ' ').trim()).filter((word) => word !== '');
    return words && words.length > 0 ? words : undefined;
  }

  /** The same as elements: the published text is a list with commas. */
  elementsOf(id: string): FileContexts | undefined {
    const found = this.of(id);
    if (!found) return undefined;
    const joined = found.length === 1 && /[,;]/.test(found[0]!);
    const elements = joined ? found[0]!.split(/[,;]/).map((word) => word.trim()) : found;
    return {elements: elements.filter((word) => word !== ''), joined};
  }
}
