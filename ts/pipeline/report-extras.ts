import {existsSync} from 'node:fs';
import {z} from 'zod';
import {checkJson, readJson} from '../data/files/json-file.js';
import type {Ablation, ReportData} from '../report/report-data.js';
import {ABLATION, type AblationFile, ablationSchema} from './ablation/ablation-file.js';
import type {RunContext} from './run-context.js';

export {ABLATION};

/** What `synood gradients` found. */
export const GRADIENTS = 'gradients.json';

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

/** What of ablation.json the page shows. */
const ablationOf = ({setting, against, seeds, split, rows}: AblationFile): Ablation => ({
  setting,
  against,
  seeds,
  split,
  rows: rows.map(({value, auroc, fpr95, deviations, groups}) => ({
    value,
    auroc,
    fpr95,
    deviations,
    accuracy: groups?.[0]?.accuracy ?? undefined,
  })),
});

async function optional<T>(run: RunContext, name: string, schema: z.ZodType<T>): Promise<T | undefined> {
  const file = run.directory.file(name);
  if (!existsSync(file)) return undefined;
  return checkJson(schema, await readJson(file, 'ERR_CONFIG'), file, 'ERR_CONFIG');
}

/** gradients.json, which `synood gradients` writes, and ablation.json, where a run directory has them. */
export async function extrasOf(run: RunContext): Promise<Pick<ReportData, 'gradients' | 'ablation'>> {
  const gradients = await optional(run, GRADIENTS, gradientsSchema);
  const ablation = await optional(run, ABLATION, ablationSchema);
  return {
    ...(gradients ? {gradients: {points: gradients.summary}} : {}),
    ...(ablation ? {ablation: ablationOf(ablation)} : {}),
  };
}
