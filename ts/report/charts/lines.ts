import {type Markup} from '../escape.js';
import {type LineStyle, neutral} from '../palette.js';
import {type Point} from './curves.js';
import {type ChartText, renderChart} from './svg.js';

export interface Line {
  /** Shown in the legend and in the table of points; never part of the drawing. */
  title: string;
  points: Point[];
  style: LineStyle;
  /** Filled down to the axis, in place of a line. */
  area?: boolean;
  /** One of many in the background, without a place in the legend. */
  quiet?: boolean;
}

export interface LineChart {
  x: string;
  y: string;
  lines: Line[];
  xDomain?: [number, number];
  yDomain?: [number, number];
  /** A d3 format, such as `.0%`, of both axes or of one. */
  format?: string;
  yFormat?: string;
  /** Heights of a density mean nothing by themselves. */
  hideY?: boolean;
  /** Vertical or horizontal lines with a dash of their own. */
  rules?: {x?: number; y?: number}[];
  /** A band between two values of x. */
  band?: [number, number];
  /** The line from (0, 0) to (1, 1): a coin flip. */
  diagonal?: boolean;
}

/** Six digits are more than a chart can show. */
const short = (value: number): number => Number(value.toPrecision(6));

const drawable = (points: Point[]): Point[] =>
  points
    .filter(({x, y}) => Number.isFinite(x) && Number.isFinite(y))
    .map(({x, y}) => ({x: short(x), y: short(y)}));

/** A chart of curves over two quantities. */
export function lineChart(chart: LineChart, text: ChartText): Promise<Markup> {
  const x = {
    field: 'x',
    type: 'quantitative',
    title: chart.x,
    scale: chart.xDomain ? {domain: chart.xDomain, nice: false} : {zero: false, nice: false},
    axis: {grid: false, ...(chart.format ? {format: chart.format} : {})},
  };
  const y = {
    field: 'y',
    type: 'quantitative',
    title: chart.y,
    scale: chart.yDomain ? {domain: chart.yDomain, nice: false} : {zero: Boolean(chart.hideY)},
    axis: {
      ...(chart.hideY ? {labels: false, ticks: false, grid: false} : {}),
      ...((chart.yFormat ?? chart.format) ? {format: chart.yFormat ?? chart.format} : {}),
    },
  };
  const layer: object[] = [];
  if (chart.band) {
    layer.push({
      data: {values: [{x: chart.band[0], x2: chart.band[1]}]},
      mark: {type: 'rect', color: neutral.fill.light, opacity: 0.45},
      encoding: {x, x2: {field: 'x2'}},
    });
  }
  if (chart.diagonal) {
    layer.push({
      data: {
        values: [
          {x: 0, y: 0},
          {x: 1, y: 1},
        ],
      },
      mark: {type: 'line', color: neutral.fill.light, strokeWidth: 1},
      encoding: {x, y},
    });
  }
  const behind = chart.lines.filter(({quiet}) => quiet);
  for (const line of [...behind, ...chart.lines.filter(({quiet}) => !quiet)]) {
    layer.push({
      data: {values: drawable(line.points)},
      mark: line.area
        ? {type: 'area', color: neutral.fill.light, opacity: 0.8}
        : {
            type: 'line',
            color: line.style.colour,
            strokeDash: line.style.dash,
            strokeWidth: line.quiet ? 1 : 2,
          },
      encoding: {x, y},
    });
  }
  for (const rule of chart.rules ?? []) {
    layer.push({
      data: {values: [rule]},
      mark: {type: 'rule', color: neutral.ink.light, strokeDash: [3, 3]},
      encoding: rule.x === undefined ? {y} : {x},
    });
  }
  return renderChart({layer}, text);
}
