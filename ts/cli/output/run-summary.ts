import {relative} from 'node:path';
import type {DetectorEvaluation, Evaluation} from '../../pipeline/evaluation-file.js';
import type {RunSummary} from '../../pipeline/run.js';
import {type Column, formatList, formatTable} from './table.js';

/** As many as are read on a terminal; run.json has all. */
const LEFT_OUT = 12;

/** Paths as a person would type them. */
export function nearPath(path: string): string {
  const near = relative(process.cwd(), path);
  return near !== '' && !near.startsWith('..') ? near : path;
}

const percent = (share: number): string => (share * 100).toFixed(1);

function difference(ours: number, theirs: number): string {
  const points = (ours - theirs) * 100;
  return `${points >= 0 ? '+' : '-'}${Math.abs(points).toFixed(1)}`;
}

type Rates = {auroc: number; fpr95: number};

const cells = (theirs: Rates, ours: Rates): string[] => [
  percent(theirs.auroc),
  percent(ours.auroc),
  difference(ours.auroc, theirs.auroc),
  percent(theirs.fpr95),
  percent(ours.fpr95),
  difference(ours.fpr95, theirs.fpr95),
];

function rowsOf(baseline: DetectorEvaluation, own: DetectorEvaluation, fpr: Evaluation['fpr']): string[][] {
  const rows: string[][] = [];
  const several = Object.keys(own.means).length > 1;
  for (const [against, mean] of Object.entries(own.means)) {
    const label = (name: string) =>
      several && !name.endsWith(`-${against}`) ? `${name} (against ${against})` : name;
    for (const set of own.sets) {
      const other = baseline.sets.find(({name}) => name === set.name);
      if (!other || set.against !== against) continue;
      const rates = ({auroc, fpr95}: typeof set): Rates => ({auroc, fpr95: fpr95[fpr]});
      rows.push([label(set.name), ...cells(rates(other), rates(set))]);
    }
    const theirs = baseline.means[against];
    if (theirs && mean.sets > 1) rows.push([label('mean'), ...cells(theirs, mean)]);
  }
  return rows;
}

/** NegLabel against the run's own detector on each set, in percent. */
export function comparisonTable({detectors, fpr}: Evaluation): string {
  const baseline = detectors.find(({name}) => name === 'neglabel');
  const own = detectors.at(-1);
  if (!baseline || !own || own.sets.length === 0) return '';
  const right = (title: string): Column => ({title, align: 'right'});
  const columns = [
    {title: 'out-of-distribution set'},
    right(`AUROC ${baseline.title}`),
    right(own.title),
    right('change'),
    right(`FPR95 ${baseline.title}`),
    right(own.title),
    right('change'),
  ];
  const table = formatTable(columns, rowsOf(baseline, own, fpr));
  return `${table}\nIn percent. A higher AUROC is better, a lower FPR95 (${fpr}) is better.`;
}

function leftOutLines({leftOut}: RunSummary): string {
  if (leftOut.length === 0) return '';
  const lines = leftOut.slice(0, LEFT_OUT).map(({what, reason}) => `  ${what}: ${reason}`);
  const more = leftOut.length - LEFT_OUT;
  if (more > 0) lines.push(`  and ${more} more: "notes.leftOut" in run.json`);
  return `Left out:\n${lines.join('\n')}`;
}

/** What was made and where, how it compares, what was left out, and what to do next. */
export function describeRun(summary: RunSummary): string {
  const {out, stages, evaluation, detector, report} = summary;
  const place = nearPath(out);
  const made: [string, string][] = [];
  const details = stages.find(({name}) => name === 'synthesize')?.details;
  if (details)
    made.push([`${place}/synthetic/`, `${details['made']} images, ${details['accepted']} at the boundary`]);
  if (detector) made.push([`${place}/detector/`, 'all that scoring needs']);
  if (evaluation) made.push([`${place}/evaluation.json`, 'every metric, of every detector on every set']);
  if (report) made.push([`${place}/report.html`, 'one page with tables, curves and image pairs']);
  const next: [string, string][] = [];
  if (detector) next.push([`synood score IMAGE... --detector ${place}`, 'score your own images']);
  next.push(['synood config > my.json', 'a configuration to start from, for your own data and models']);
  const parts = [
    made.length > 0 ? `Made:\n${indent(formatList(made))}` : '',
    evaluation ? comparisonTable(evaluation) : '',
    leftOutLines(summary),
    `Next:\n${indent(formatList(next))}`,
  ];
  return parts.filter((part) => part !== '').join('\n\n');
}

const indent = (text: string): string => text.replace(/^/gm, '  ');
