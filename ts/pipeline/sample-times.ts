import {z} from 'zod';
import {JsonlWriter, readJsonl} from '../data/files/jsonl.js';
import {checkJson} from '../data/files/json-file.js';
import type {RunContext} from './run-context.js';

/** What each sample took. A file of its own: the metadata's bytes depend on the configuration alone. */
export const TIMES = 'times.jsonl';

const rowSchema = z.object({id: z.string(), seconds: z.array(z.number().nonnegative())});

/** Seconds of one sample's iterations, in order, over every attempt. */
export type SampleTimes = z.infer<typeof rowSchema>;

export const openTimes = (run: RunContext): Promise<JsonlWriter> =>
  JsonlWriter.open(run.directory.file(TIMES));

/** By sample; a sample that was computed again after an interruption has its last times. */
export async function readTimes(run: RunContext): Promise<Map<string, number[]>> {
  const file = run.directory.file(TIMES);
  const rows = (await readJsonl(file)).map((row, index) =>
    checkJson(rowSchema, row, `${file}, line ${index + 1}`, 'ERR_CONFIG'),
  );
  return new Map(rows.map(({id, seconds}) => [id, seconds]));
}
