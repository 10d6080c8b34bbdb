export interface Column {
  title: string;
  align?: 'left' | 'right';
}

/** Characters on a terminal, without the codes that colour them. */
// eslint-disable-next-line no-control-regex
const width = (text: string): number => [...text.replace(/\u001b\[[0-9;]*m/g, '')].length;

function pad(text: string, to: number, align: Column['align']): string {
  const space = ' '.repeat(Math.max(0, to - width(text)));
  return align === 'right' ? space + text : text + space;
}

/** Columns as wide as their widest cell, two spaces apart, a rule below the titles. */
export function formatTable(columns: Column[], rows: string[][]): string {
  const widths = columns.map(({title}, index) =>
    Math.max(width(title), ...rows.map((row) => width(row[index] ?? ''))),
  );
  const line = (cells: string[]) =>
    columns
      .map(({align}, index) => pad(cells[index] ?? '', widths[index]!, align))
      .join('  ')
      .trimEnd();
  const rule = widths.map((one) => '-'.repeat(one));
  return [line(columns.map(({title}) => title)), line(rule), ...rows.map(line)].join('\n');
}

/** Names and values, one a line. */
export function formatList(rows: [string, string][]): string {
  const widest = Math.max(0, ...rows.map(([name]) => width(name)));
  return rows.map(([name, value]) => `${pad(name, widest, 'left')}  ${value}`.trimEnd()).join('\n');
}
