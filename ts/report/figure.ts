import {isolated, markup, type Markup, trusted} from './escape.js';
import {type LineStyle, quietStyle} from './palette.js';
import {type Line} from './charts/lines.js';

/** A legend's sample of a line, in the chart's own colours. */
function swatch(style: LineStyle, area = false): Markup {
  const stroke = area
    ? markup`<rect y="2" width="28" height="8" fill="${style.colour}"></rect>`
    : markup`<line x1="0" y1="6" x2="28" y2="6" stroke="${style.colour}" stroke-width="2.5" stroke-dasharray="${style.dash.join(' ')}"></line>`;
  return markup`<svg class="chart swatch" viewBox="0 0 28 12" width="28" height="12" aria-hidden="true">${stroke}</svg>`;
}

interface LegendItem {
  title: string;
  style: LineStyle;
  area?: boolean;
  value?: string;
  quiet?: boolean;
}

/** Which curve is which, with a figure beside each name where there is one; how many are in the background. */
export function legend(items: readonly LegendItem[]): Markup {
  const behind = items.filter(({quiet}) => quiet).length;
  const shown = items.filter(({quiet}) => !quiet);
  return markup`<ul class="legend">${shown.map(
    ({title, style, area, value}) =>
      markup`<li>${swatch(style, area)} ${isolated(title)}${value ? markup` <b>${value}</b>` : ''}</li>`,
  )}${behind > 0 ? markup`<li>${swatch(quietStyle)} ${behind} more</li>` : ''}</ul>`;
}

/** A field of a CSV file (RFC 4180). What a spreadsheet would take for a formula starts with an apostrophe. */
function field(value: string | number): string {
  if (typeof value === 'number') return String(value);
  const safe = /^[=+\-@\t\r]/.test(value) ? `'${value}` : value;
  return /[",\r\n]/.test(safe) ? `"${safe.replace(/"/g, '""')}"` : safe;
}

export const csv = (rows: (string | number)[][]): string =>
  rows.map((row) => row.map(field).join(',')).join('\r\n') + '\r\n';

/** The points of a chart's curves, one row each, as they are drawn. */
export const pointsCsv = (x: string, y: string, lines: Line[]): string =>
  csv([
    ['curve', x, y],
    ...lines.flatMap(({title, points}) =>
      points.map((point) => [title, Number(point.x.toPrecision(6)), Number(point.y.toPrecision(6))]),
    ),
  ]);

/**
 * Curves over the same places of x: a row for each of them, a column for each curve. Four digits are more than the eye
 * finds in a density.
 */
export const columnsCsv = (x: string, lines: Line[]): string =>
  csv([
    [x, ...lines.map(({title}) => title)],
    ...(lines[0]?.points ?? []).map((point, row) => [
      Number(point.x.toPrecision(6)),
      ...lines.map(({points}) => Number((points[row]?.y ?? NaN).toPrecision(4))),
    ]),
  ]);

/** A link that holds its file in itself: it works without a network and without a script. */
export function download(name: string, text: string, label = 'Data (CSV)', type = 'text/csv'): Markup {
  const content = trusted(Buffer.from(text).toString('base64'));
  return markup`<a class="download" download="${name}" href="data:${type};charset=utf-8;base64,${content}">${label}</a>`;
}

/** A chart with its name above, and its legend, its words and its data below. */
export function figure(parts: {
  title: Markup | string;
  chart: Markup;
  legend?: Markup;
  caption?: Markup | string;
  data?: Markup;
}): Markup {
  return markup`<figure class="plot"><h3>${parts.title}</h3>${parts.chart}<figcaption>${parts.legend ?? ''}${
    parts.caption ? markup`<p>${parts.caption}</p>` : ''
  }${parts.data ?? ''}</figcaption></figure>`;
}
