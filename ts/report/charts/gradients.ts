import {escapeHtml} from '../escape.js';
import {lineStyle, neutral} from '../palette.js';
import {lineChart} from './lines.js';
import {CHART_HEIGHT, CHART_WIDTH} from './svg.js';

/** One point of a curve: a method at a strength. */
export interface GradientPoint {
  strength: number;
  method: string;
  cosine: number;
  change: number;
}

const GAP = 20;
const LEGEND = 24;

/**
 * A drawing of its own: cosine to the exact gradient, and the score's change by a step, over the strength; a curve a
 * method.
 */
export async function gradientChart(points: readonly GradientPoint[]): Promise<string> {
  const methods = [...new Set(points.map(({method}) => method))];
  const panel = async (y: string, value: 'cosine' | 'change') => {
    const lines = methods.map((method, index) => ({
      title: method,
      style: lineStyle(index),
      points: points
        .filter((point) => point.method === method)
        .map((point) => ({x: point.strength, y: point[value]})),
    }));
    const text = {
      id: `gradients-${value}`,
      title: y,
      description: `${y} over the strength, a curve a method.`,
    };
    return String(await lineChart({x: 'strength', y, lines}, text));
  };
  const left = await panel('cosine to the exact gradient', 'cosine');
  const right = await panel('change of the score by a step', 'change');
  // A drawing inside another fills it unless it is told its place and size.
  const placed = (svg: string, x: number) =>
    svg.replace('<svg', `<svg x="${x}" width="${CHART_WIDTH}" height="${CHART_HEIGHT}"`);
  const legend = methods.map((method, index) => {
    const {colour, dash} = lineStyle(index);
    const x = 10 + index * 120;
    const y = CHART_HEIGHT + LEGEND / 2;
    return `<line x1="${x}" x2="${x + 24}" y1="${y}" y2="${y}" stroke="${colour}" stroke-width="2" stroke-dasharray="${dash.join(' ')}"/><text x="${x + 30}" y="${y + 4}" font-size="12" font-family="system-ui, sans-serif" fill="${neutral.ink.light}">${escapeHtml(method)}</text>`;
  });
  const width = Math.max(2 * CHART_WIDTH + GAP, methods.length * 120);
  const height = CHART_HEIGHT + LEGEND;
  return `<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}"><rect width="100%" height="100%" fill="white"/>${placed(left, 0)}${placed(right, CHART_WIDTH + GAP)}${legend.join('')}</svg>\n`;
}
