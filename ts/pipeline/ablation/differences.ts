import {mean} from '../../evaluation/spread.js';
import {meanInterval} from '../../evaluation/t-interval.js';
import type {AblationDifference, AblationFileRow} from './ablation-file.js';

/** A row less the first one, on the seeds and the sets that both have; undefined if there are none. */
function differenceOf(
  row: AblationFileRow,
  first: AblationFileRow,
  against: string,
): AblationDifference | undefined {
  const pairs = (row.sets ?? []).flatMap((set) => {
    const other = first.sets?.find(({name}) => name === set.name);
    return other && set.against === against ? [{own: set.values, other: other.values}] : [];
  });
  const seeds = (row.seeds ?? []).flatMap((seed, own) => {
    const other = first.seeds?.indexOf(seed) ?? -1;
    return other < 0 ? [] : [{own, other}];
  });
  if (pairs.length === 0 || seeds.length === 0) return undefined;
  const change = (rate: 'auroc' | 'fpr95') => {
    const values = seeds.map((at) =>
      mean(pairs.map(({own, other}) => own[rate][at.own]! - other[rate][at.other]!)),
    );
    return {mean: mean(values), ...(values.length > 1 ? {interval: meanInterval(values)} : {})};
  };
  return {auroc: change('auroc'), fpr95: change('fpr95')};
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
