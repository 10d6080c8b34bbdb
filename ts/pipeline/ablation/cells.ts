import {existsSync} from 'node:fs';
import {z} from 'zod';
import {SynoodError} from '../../binding/errors.js';
import {writeFileAtomic} from '../../data/files/atomic-file.js';
import {hashJson} from '../../data/files/canonical-hash.js';
import {checkJson, readJson} from '../../data/files/json-file.js';
import type {RunConfig} from '../config/schema.js';
import type {Evaluation} from '../evaluation-file.js';
import {imageSetHash, RunData} from '../run-data.js';
import {RunModels} from '../run-models.js';
import type {AblationRow} from './studies.js';

/** One configuration with one seed; all rows that only differ in whose scores count share it. */
export interface Cell {
  rows: AblationRow[];
  seed: number;
  config: RunConfig;
}

/** Fitted for every cell, so that a row that is added later finds its figures. */
const DETECTORS = ['neglabel', 'synood-image', 'synood-label', 'synood'];

/** The cells of a study, seed by seed. */
export function cellsOf(rows: readonly AblationRow[], seeds: readonly number[]): Cell[] {
  const others = [...new Set(rows.map(({detector}) => detector))].filter((name) => !DETECTORS.includes(name));
  return seeds.flatMap((seed) => {
    const cells = new Map<string, Cell>();
    for (const row of rows) {
      const evaluate = {...row.config.evaluate, detectors: [...others, ...DETECTORS]};
      const config: RunConfig = {...row.config, seed, evaluate};
      const key = hashJson(config);
      const cell = cells.get(key);
      if (cell) cell.rows.push(row);
      else cells.set(key, {rows: [row], seed, config});
    }
    return [...cells.values()];
  });
}

/** Configurations that synthesise the same have one run directory, where later stages are done again for each of them. */
export function runName({seed, config}: Cell): string {
  const {name: _, mine, finetune: __, evaluate: ___, ...before} = config;
  const template = config.synthesize.score === 'clip' ? mine.classTemplate : null;
  return `seed-${seed}-${hashJson({...before, template}).slice(0, 10)}`;
}

/** All that a cell's figures depend on. */
export async function cellKey({config}: Cell, version: string): Promise<string> {
  const data = new RunData(config);
  const models = new RunModels(config);
  const sets = [
    await data.train(),
    await data.calibration(),
    ...(await data.inTests()),
    ...(await data.outSets()),
    ...(config.evaluate.search ? await data.outValidationSets() : []),
  ];
  return hashJson({
    format: 1,
    version,
    config,
    models: await Promise.all(
      (['clip', 'inpainter', 'classifier'] as const).map((name) => models.fingerprint(name)),
    ),
    sets: await Promise.all(sets.map(async ({name, items}) => [name, await imageSetHash(items)])),
    vocabulary: hashJson(await data.vocabulary()),
  });
}

const share = z.number().min(0).max(1);

const schema = z.strictObject({
  fpr: z.string(),
  detectors: z.record(
    z.string(),
    z.strictObject({
      accuracies: z.record(z.string(), share.nullable()),
      sets: z.array(z.strictObject({name: z.string(), against: z.string(), auroc: share, fpr95: share})),
    }),
  ),
});

/** What is kept of a cell's evaluation: by detector, its figures on every set. */
export type CellFigures = z.infer<typeof schema>;

export function figuresOf({detectors, fpr}: Evaluation): CellFigures {
  return {
    fpr,
    detectors: Object.fromEntries(
      detectors.map(({name, sets, inDistribution}) => [
        name,
        {
          accuracies: Object.fromEntries(inDistribution.map((set) => [set.name, set.accuracy])),
          sets: sets.map((set) => ({
            name: set.name,
            against: set.against,
            auroc: set.auroc,
            fpr95: set.fpr95[fpr],
          })),
        },
      ]),
    ),
  };
}

/** An earlier call's figures; undefined if there are none, or the file is damaged. */
export async function keptFigures(file: string): Promise<CellFigures | undefined> {
  if (!existsSync(file)) return undefined;
  try {
    return checkJson(schema, await readJson(file, 'ERR_CONFIG'), file, 'ERR_CONFIG');
  } catch (error) {
    if (error instanceof SynoodError && error.code === 'ERR_CONFIG') return undefined;
    throw error;
  }
}

export const keepFigures = (file: string, figures: CellFigures): Promise<void> =>
  writeFileAtomic(file, `${JSON.stringify(figures, null, 2)}\n`);
