import {z} from 'zod';
import {checkJson} from '../data/files/json-file.js';
import {readImageMetadata, readPartialMetadata} from '../data/image-folder-writer.js';
import type {RunContext} from './run-context.js';

export const SYNTHETIC = 'synthetic';

const rowSchema = z.looseObject({
  file_name: z.string(),
  id: z.string(),
  class: z.string(),
  source: z.string(),
  contexts: z.array(z.string()),
  prompt: z.string(),
  /** 64 bits, as text: JSON numbers lose digits */
  seed: z.string(),
  score_before: z.number().nullable(),
  trajectory: z.array(z.number().nullable()),
  score: z.number().nullable(),
  boundary: z.number(),
  tolerance: z.number(),
  accepted: z.boolean(),
  reason: z.string(),
  iterations: z.number(),
  /** small pictures of every iteration, a file in the run directory */
  previews: z.string().optional(),
});

/** A row of synthetic/metadata.jsonl. A score that is no finite number is null. */
export type SyntheticRow = z.infer<typeof rowSchema>;

export interface SyntheticImage extends SyntheticRow {
  path: string;
}

/** The synthetic images of a run, sorted by file name. @throws SynoodError ERR_CONFIG */
export async function readSynthetic(run: RunContext): Promise<SyntheticImage[]> {
  return rowsOf(run, await readImageMetadata(run.directory.file(SYNTHETIC)));
}

/** What an unfinished synthesis has made so far. @throws SynoodError ERR_CONFIG */
export async function readSyntheticSoFar(run: RunContext): Promise<SyntheticImage[]> {
  return rowsOf(run, await readPartialMetadata(run.directory.file(SYNTHETIC)));
}

function rowsOf(run: RunContext, rows: readonly unknown[]): SyntheticImage[] {
  const root = run.directory.file(SYNTHETIC);
  return rows.map((value, index) => {
    const row = checkJson(rowSchema, value, `${root}/metadata.jsonl, line ${index + 1}`, 'ERR_CONFIG');
    return {...row, path: run.directory.file(SYNTHETIC, ...row.file_name.split('/'))};
  });
}
