import {formatTable} from './table.js';

export interface TextTable {
  columns: string[];
  rows: string[][];
}

export type TableFormat = 'table' | 'csv' | 'md' | 'latex';

export const tableFormats: readonly TableFormat[] = ['table', 'csv', 'md', 'latex'];

/** A field of RFC 4180; what a spreadsheet would take for a formula starts with an apostrophe. */
function field(value: string): string {
  const safe = /^[=+@\t\r]/.test(value) ? `'${value}` : value;
  return /[",\r\n]/.test(safe) ? `"${safe.replace(/"/g, '""')}"` : safe;
}

const SPECIAL: Record<string, string> = {
  '\\': '\\textbackslash{}',
  '~': '\\textasciitilde{}',
  '^': '\\textasciicircum{}',
};

const latex = (value: string): string =>
  value.replace(/[\\~^]|[&%$#_{}]/g, (sign) => SPECIAL[sign] ?? `\\${sign}`);

function latexTable({columns, rows}: TextTable): string {
  const line = (cells: string[]) => `${cells.map(latex).join(' & ')} \\\\`;
  return [
    `\\begin{tabular}{l${'r'.repeat(columns.length - 1)}}`,
    '\\toprule',
    line(columns),
    '\\midrule',
    ...rows.map(line),
    '\\bottomrule',
    '\\end{tabular}',
  ].join('\n');
}

function markdownTable({columns, rows}: TextTable): string {
  const line = (cells: string[]) => `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
  const rule = columns.map((_, at) => (at === 0 ? '---' : '---:'));
  return [line(columns), line(rule), ...rows.map(line)].join('\n');
}

/** A table for a terminal, a spreadsheet, a page or a paper. */
export function writeTable(table: TextTable, format: TableFormat): string {
  const {columns, rows} = table;
  if (format === 'csv') return [columns, ...rows].map((row) => row.map(field).join(',')).join('\r\n');
  if (format === 'md') return markdownTable(table);
  if (format === 'latex') return latexTable(table);
  const aligned = columns.map((title, at) => ({title, align: at === 0 ? 'left' : 'right'}) as const);
  return formatTable(aligned, rows);
}
