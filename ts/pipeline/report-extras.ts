import {existsSync} from 'node:fs';
import {z} from 'zod';
import {checkJson, readJson} from '../data/files/json-file.js';
import type {ReportData} from '../report/report-data.js';
import type {RunContext} from './run-context.js';

/** JSON has no NaN, which is what a comparison with a gradient of zeros gives. */
const measured = z
  .number()
  .nullable()
  .transform((value) => value ?? NaN);

const gradientsSchema = z.looseObject({
  summary: z.array(
    z.looseObject({
      strength: z.number(),
      method: z.string(),
      cosine: measured,
      normRatio: measured,
      change: measured,
    }),
  ),
});

const share = z.number().min(0).max(1);

const ablationSchema = z.strictObject({
  setting: z.string(),
  rows: z.array(z.strictObject({value: z.string(), auroc: share, fpr95: share})),
});

async function optional<T>(run: RunContext, name: string, schema: z.ZodType<T>): Promise<T | undefined> {
  const file = run.directory.file(name);
  if (!existsSync(file)) return undefined;
  return checkJson(schema, await readJson(file, 'ERR_CONFIG'), file, 'ERR_CONFIG');
}

/** gradients.json, which `synood gradients` writes, and ablation.json, where a run directory has them. */
export async function extrasOf(run: RunContext): Promise<Pick<ReportData, 'gradients' | 'ablation'>> {
  const gradients = await optional(run, 'gradients.json', gradientsSchema);
  const ablation = await optional(run, 'ablation.json', ablationSchema);
  return {
    ...(gradients ? {gradients: {points: gradients.summary}} : {}),
    ...(ablation ? {ablation} : {}),
  };
}
