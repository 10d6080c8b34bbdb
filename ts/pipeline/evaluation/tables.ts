import type {Evaluation} from '../evaluation-file.js';
import type {PublishedRow} from './benchmark-file.js';

/** A table of text: the first column is left, numbers are right. */
export interface TextTable {
  columns: string[];
  rows: string[][];
}

const percent = (share: number | null | undefined): string =>
  typeof share === 'number' ? (share * 100).toFixed(2) : '';

/**
 * AUROC and FPR95 of every detector on the sets that are compared with one in-distribution test set, with the mean and the
 * in-distribution accuracy; published rows below, marked as such.
 */
export function detectorTable(
  {detectors, fpr}: Evaluation,
  against: string,
  published: readonly PublishedRow[] = [],
): TextTable {
  const sets = detectors[0]?.sets.filter((set) => set.against === against).map(({name}) => name) ?? [];
  const columns = [
    'detector',
    ...sets.flatMap((name) => [`${name} AUROC`, 'FPR95']),
    'mean AUROC',
    'FPR95',
    'accuracy',
  ];
  const measured = detectors.map(({title, sets: own, means, inDistribution}) => [
    title,
    ...sets.flatMap((name) => {
      const set = own.find((one) => one.name === name);
      return [percent(set?.auroc), percent(set?.fpr95[fpr])];
    }),
    percent(means[against]?.auroc),
    percent(means[against]?.fpr95),
    percent(inDistribution.find(({name}) => name === against)?.accuracy),
  ]);
  const told = published.map(({detector, source, backbone, mean, sets: own}) => [
    `${detector} (published: ${source}; ${backbone})`,
    ...sets.flatMap((name) => [percent(own[name]?.auroc), percent(own[name]?.fpr95)]),
    percent(mean.auroc),
    percent(mean.fpr95),
    '',
  ]);
  return {columns, rows: [...measured, ...told]};
}

/** The in-distribution test sets that something is compared with. */
export const comparedWith = ({detectors}: Evaluation): string[] => Object.keys(detectors[0]?.means ?? {});

/** Every number of every detector on every set, one row each, for spreadsheets. */
export function longTable({detectors}: Evaluation): TextTable {
  const columns = [
    ...['detector', 'set', 'against', 'in', 'out', 'auroc', 'aupr_in', 'aupr_out'],
    ...['fpr95_id_positive', 'fpr95_ood_positive', 'fpr95_threshold', 'fpr95_interpolated'],
    ...['detection_error', 'auroc_low', 'auroc_high', 'p'],
  ];
  const number = (value: number | null | undefined) => (typeof value === 'number' ? String(value) : '');
  const rows = detectors.flatMap(({name, sets}) =>
    sets.map((set) => [
      ...[name, set.name, set.against, number(set.inCount), number(set.outCount), number(set.auroc)],
      ...[number(set.auprIn), number(set.auprOut)],
      ...[number(set.fpr95['id-positive']), number(set.fpr95['ood-positive'])],
      ...[number(set.fpr95.threshold), number(set.fpr95.interpolated), number(set.detectionError)],
      ...[number(set.intervals?.auroc.low), number(set.intervals?.auroc.high), number(set.difference?.p)],
    ]),
  );
  return {columns, rows};
}
