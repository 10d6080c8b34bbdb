import {mean, standardDeviation} from '../../evaluation/spread.js';
import type {AblationFile, AblationFileRow, AblationRates} from './ablation-file.js';
import type {CellFigures} from './cells.js';
import {withDifferences} from './differences.js';
import type {AblationRow, AblationStudy} from './studies.js';

/** A row's figures with one seed. */
export interface SeedFigures {
  seed: number;
  figures: CellFigures['detectors'][string];
}

function rates(auroc: readonly number[], fpr95: readonly number[]): AblationRates {
  const spread = auroc.length > 1;
  return {
    auroc: mean(auroc),
    fpr95: mean(fpr95),
    ...(spread ? {deviations: {auroc: standardDeviation(auroc), fpr95: standardDeviation(fpr95)}} : {}),
  };
}

/** Sets that every seed has figures of. */
function setsOf(all: readonly SeedFigures[]): NonNullable<AblationFileRow['sets']> {
  return all[0]!.figures.sets.flatMap(({name, against}) => {
    const found = all.map(({figures}) => figures.sets.find((set) => set.name === name));
    if (found.some((set) => set === undefined)) return [];
    const values = {auroc: found.map((set) => set!.auroc), fpr95: found.map((set) => set!.fpr95)};
    return [{name, against, ...rates(values.auroc, values.fpr95), values}];
  });
}

function groupsOf(
  all: readonly SeedFigures[],
  sets: NonNullable<AblationFileRow['sets']>,
): NonNullable<AblationFileRow['groups']> {
  return [...new Set(sets.map(({against}) => against))].map((against) => {
    const own = sets.filter((set) => set.against === against);
    const ofSeeds = (key: 'auroc' | 'fpr95') =>
      all.map((_, seed) => mean(own.map(({values}) => values[key][seed]!)));
    const accuracies = all.map(({figures}) => figures.accuracies[against] ?? null);
    const known = accuracies.filter((accuracy) => accuracy !== null);
    const whole = known.length === all.length;
    return {
      against,
      sets: own.length,
      ...rates(ofSeeds('auroc'), ofSeeds('fpr95')),
      accuracy: whole ? mean(known) : null,
      ...(whole && all.length > 1 ? {accuracyDeviation: standardDeviation(known)} : {}),
    };
  });
}

/** A row of ablation.json; undefined if no seed went well. */
export function summariseRow(row: AblationRow, all: readonly SeedFigures[]): AblationFileRow | undefined {
  if (all.length === 0) return undefined;
  const sets = setsOf(all);
  const groups = groupsOf(all, sets);
  const [first] = groups;
  if (!first) return undefined;
  const {auroc, fpr95, deviations} = first;
  return {
    value: row.title,
    detector: row.detector,
    seeds: all.map(({seed}) => seed),
    auroc,
    fpr95,
    ...(deviations ? {deviations} : {}),
    groups,
    sets,
  };
}

export interface SummaryOptions {
  split: 'test' | 'validation';
  fpr: string;
  seeds: readonly number[];
}

/** ablation.json of rows that have figures. */
export function summarise(
  {setting}: AblationStudy,
  rows: AblationFileRow[],
  {split, fpr, seeds}: SummaryOptions,
): AblationFile {
  const against = rows[0]?.groups?.[0]?.against;
  return {setting, split, fpr, ...(against ? {against} : {}), seeds: [...seeds], rows: withDifferences(rows)};
}
