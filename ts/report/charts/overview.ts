import {isolated, markup, type Markup} from '../escape.js';
import {type LineStyle, neutral} from '../palette.js';
import type {Interval} from '../report-data.js';
import {type ChartText, renderChart} from './svg.js';

/** Vega's marks that differ without colour, in the order of the detectors, and the same for the legend. */
const SHAPES: [name: string, path: string][] = [
  ['circle', 'M6 1a5 5 0 1 0 0 10a5 5 0 1 0 0-10z'],
  ['square', 'M1.5 1.5h9v9h-9z'],
  ['diamond', 'M6 0l4.5 6L6 12 1.5 6z'],
  ['triangle-up', 'M6 1l5.5 10H.5z'],
  ['cross', 'M4 0h4v4h4v4H8v4H4V8H0V4h4z'],
  ['triangle-down', 'M6 11L.5 1h11z'],
];

/** Two of them fill the page. */
const WIDTH = 480;

export interface Overview {
  rows: string[];
  /** `values[i]` belongs to `rows[i]`, as a fraction. */
  detectors: {values: (number | undefined)[]; ranges?: (Interval | undefined)[]; style: LineStyle}[];
}

/** One row for each set, one mark for each detector: where the differences lie, at a glance. */
export function overviewChart({rows, detectors}: Overview, text: ChartText): Promise<Markup> {
  // Two sets may have one title; a row is known by its place.
  const names = rows.map((row, index) => (rows.indexOf(row) === index ? row : `${row} (${index + 1})`));
  const y = {
    field: 'set',
    type: 'nominal',
    sort: names,
    scale: {domain: names},
    title: null,
    axis: null,
  };
  const x = {
    field: 'value',
    type: 'quantitative',
    title: null,
    scale: {zero: false, nice: true},
    axis: {format: '.0%'},
  };
  const cells = detectors.map(({values}) =>
    values.flatMap((value, index) =>
      value === undefined || !Number.isFinite(value) ? [] : [{set: names[index], value}],
    ),
  );
  const spans = detectors.map(({ranges = []}) =>
    ranges.flatMap((range, index) => (range === undefined ? [] : [{set: names[index], ...range}])),
  );
  const layer = [
    {
      data: {values: names.map((set) => ({set}))},
      mark: {
        type: 'text',
        align: 'left',
        baseline: 'bottom',
        dy: -7,
        fontSize: 11.5,
        color: neutral.ink.light,
      },
      encoding: {y, x: {value: 0}, text: {field: 'set'}},
    },
    {
      data: {values: cells.flat()},
      mark: {type: 'rule', color: neutral.fill.light, strokeWidth: 2},
      encoding: {
        y,
        x: {...x, aggregate: 'min'},
        x2: {field: 'value', aggregate: 'max'},
      },
    },
    ...detectors.map(({style}, index) => ({
      data: {values: spans[index]},
      mark: {type: 'errorbar', ticks: {size: 9}, color: style.colour},
      encoding: {y, x: {...x, field: 'low'}, x2: {field: 'high'}},
    })),
    ...detectors.map(({style}, index) => ({
      data: {values: cells[index]},
      mark: {
        type: 'point',
        shape: SHAPES[index % SHAPES.length]![0],
        filled: true,
        size: 90,
        opacity: 1,
        // A little apart, so that equal figures do not hide each other.
        yOffset: (index - (detectors.length - 1) / 2) * 3,
        color: style.colour,
      },
      encoding: {x, y},
    })),
  ];
  return renderChart({width: WIDTH, height: 40 + 36 * names.length, layer}, text);
}

/** Which mark is which detector. */
export function markLegend(items: {title: string; style: LineStyle}[]): Markup {
  return markup`<ul class="legend">${items.map(
    ({title, style}, index) =>
      markup`<li><svg class="chart swatch" viewBox="0 0 12 12" width="12" height="12" aria-hidden="true"><path d="${
        SHAPES[index % SHAPES.length]![1]
      }" fill="${style.colour}"></path></svg> ${isolated(title)}</li>`,
  )}</ul>`;
}
