import {mkdir} from 'node:fs/promises';
import {dirname} from 'node:path';
import {z} from 'zod';
import {JsonlWriter, readJsonl} from '../../data/files/jsonl.js';

const rowSchema = z.object({
  key: z.string(),
  elements: z.array(z.string()),
  tokens: z.object({prompt: z.number(), completion: z.number()}),
});

export type CachedAnswer = z.infer<typeof rowSchema>;

/** Answers that were had, one row of a JSON-lines file each, on the disk before the next image is told. Failures are not kept. */
export class AnswerCache {
  private constructor(
    private readonly rows: Map<string, CachedAnswer>,
    private readonly writer: JsonlWriter,
  ) {}

  /** @throws SynoodError ERR_CONFIG if the file has a line that is not JSON, ERR_IO */
  static async open(path: string): Promise<AnswerCache> {
    const rows = new Map<string, CachedAnswer>();
    for (const value of await readJsonl(path)) {
      const row = rowSchema.safeParse(value);
      if (row.success) rows.set(row.data.key, row.data);
    }
    await mkdir(dirname(path), {recursive: true});
    return new AnswerCache(rows, await JsonlWriter.open(path));
  }

  get(key: string): CachedAnswer | undefined {
    return this.rows.get(key);
  }

  async put(row: CachedAnswer): Promise<void> {
    this.rows.set(row.key, row);
    await this.writer.append(row);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.writer.close();
  }
}
