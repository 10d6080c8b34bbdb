import type {TextTable} from '../evaluation/tables.js';
import type {AblationDifference, AblationFile, AblationRates} from './ablation-file.js';

const percent = (share: number): string => (share * 100).toFixed(2);

function cell(value: number | null | undefined, deviation: number | undefined): string {
  if (typeof value !== 'number') return '';
  return deviation === undefined ? percent(value) : `${percent(value)} ± ${percent(deviation)}`;
}

const cells = (rates: AblationRates | undefined): string[] => [
  cell(rates?.auroc, rates?.deviations?.auroc),
  cell(rates?.fpr95, rates?.deviations?.fpr95),
];

/** The in-distribution test sets that something is compared with. */
export const ablationGroups = ({rows}: AblationFile): string[] => [
  ...new Set(rows.flatMap(({groups = []}) => groups.map(({against}) => against))),
];

/**
 * Mean and deviation over the seeds, in percent: of every set that is compared with one in-distribution test set, of their mean,
 * and the in-distribution accuracy.
 */
export function ablationTable({setting, rows}: AblationFile, against: string): TextTable {
  const names = [
    ...new Set(
      rows.flatMap(({sets = []}) => sets.filter((set) => set.against === against).map(({name}) => name)),
    ),
  ];
  return {
    columns: [
      setting,
      ...names.flatMap((name) => [`${name} AUROC`, 'FPR95']),
      'mean AUROC',
      'FPR95',
      'accuracy',
    ],
    rows: rows.map(({value, sets = [], groups = []}) => {
      const group = groups.find((one) => one.against === against);
      return [
        value,
        ...names.flatMap((name) => cells(sets.find((set) => set.name === name && set.against === against))),
        ...cells(group),
        cell(group?.accuracy, group?.accuracyDeviation),
      ];
    }),
  };
}

/** Only the means, which fit a terminal. */
export function ablationMeans(file: AblationFile, against: string): TextTable {
  const {columns, rows} = ablationTable(file, against);
  const last = columns.length - 3;
  return {
    columns: [columns[0]!, ...columns.slice(last)],
    rows: rows.map((row) => [row[0]!, ...row.slice(last)]),
  };
}

const signed = (share: number): string => (share >= 0 ? '+' : '') + percent(share);

function changeCell({mean, interval}: AblationDifference['auroc']): string {
  return interval ? `${signed(mean)} (${signed(interval.low)} to ${signed(interval.high)})` : signed(mean);
}

/** Each row's mean over the sets less the first row's, seed by seed, with 95 % intervals; no rows if there is nothing to compare. */
export function ablationDifferences({setting, rows}: AblationFile, against: string): TextTable {
  return {
    columns: [setting, 'mean AUROC', 'FPR95'],
    rows: rows.flatMap(({value, groups = []}) => {
      const difference = groups.find((one) => one.against === against)?.difference;
      return difference ? [[value, changeCell(difference.auroc), changeCell(difference.fpr95)]] : [];
    }),
  };
}

/** Every seed's figures, a row each, for spreadsheets. */
export function ablationLongTable({setting, rows}: AblationFile): TextTable {
  return {
    columns: [setting, 'detector', 'set', 'against', 'seed', 'auroc', 'fpr95'],
    rows: rows.flatMap(({value, detector = '', sets = [], seeds = []}) =>
      sets.flatMap(({name, against, values}) =>
        seeds.map((seed, at) => [
          ...[value, detector, name, against, String(seed)],
          ...[String(values.auroc[at]), String(values.fpr95[at])],
        ]),
      ),
    ),
  };
}
