import {mean} from '../../evaluation/spread.js';
import {meanInterval} from '../../evaluation/t-interval.js';
import type {AblationDifference, AblationFileRow} from './ablation-file.js';

const RATES = ['auroc', 'fpr95'] as const;

/** Of each seed, the mean over the sets that are compared with one in-distribution test set. */
function meansOf({sets = [], seeds = []}: AblationFileRow, against: string, rate: 'auroc' | 'fpr95') {
  const own = sets.filter((set) => set.against === against);
  return new Map(seeds.map((seed, at) => [seed, mean(own.map(({values}) => values[rate][at]!))]));
}

/** A row less the first one on the seeds that both have; undefined if there is none. */
function differenceOf(row: AblationFileRow, first: AblationFileRow, against: string) {
  const entries = RATES.map((rate) => {
    const before = meansOf(first, against, rate);
    const differences = [...meansOf(row, against, rate)].flatMap(([seed, value]) => {
      const other = before.get(seed);
      return other === undefined ? [] : [value - other];
    });
    if (differences.length === 0) return undefined;
    const interval = differences.length > 1 ? {interval: meanInterval(differences)} : {};
    return [rate, {mean: mean(differences), ...interval}] as const;
  });
  const known = entries.filter((entry) => entry !== undefined);
  return known.length === RATES.length ? (Object.fromEntries(known) as AblationDifference) : undefined;
}

/** Every row's groups, each with its difference from the first row, seed by seed: what chance they share cancels out. */
export function withDifferences(rows: readonly AblationFileRow[]): AblationFileRow[] {
  const [first] = rows;
  return rows.map((row) => {
    if (row === first || !first || !row.groups) return row;
    const groups = row.groups.map((group) => {
      const difference = differenceOf(row, first, group.against);
      return difference ? {...group, difference} : group;
    });
    return {...row, groups};
  });
}
