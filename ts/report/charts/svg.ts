import {parse, View} from 'vega';
import {compile, type TopLevelSpec} from 'vega-lite';
import {escapeHtml, type Markup, trusted} from '../escape.js';
import {neutral} from '../palette.js';

/** What a chart has to tell to somebody who does not see it. */
export interface ChartText {
  /** Unique on the page, of letters, digits and hyphens. */
  id: string;
  title: string;
  description: string;
}

const config = {
  font: 'system-ui, sans-serif',
  background: undefined,
  aria: false,
  view: {stroke: null},
  axis: {
    labelColor: neutral.muted.light,
    titleColor: neutral.muted.light,
    titleFontWeight: 'normal' as const,
    labelFontSize: 11,
    titleFontSize: 12,
    gridColor: neutral.grid.light,
    domainColor: neutral.grid.light,
    tickColor: neutral.grid.light,
    tickCount: 5,
    labelLimit: 130,
  },
};

/** The size that a chart is drawn at; the page scales it down, never up by much. */
export const CHART_WIDTH = 330;
export const CHART_HEIGHT = 250;

/**
 * Compiles a Vega-Lite specification into an SVG element for the page: scalable, named for screen readers, and with
 * ids of its own, since Vega numbers them anew for each chart or goes on counting over all of them.
 */
export async function renderChart(
  spec: Record<string, unknown>,
  {id, title, description}: ChartText,
): Promise<Markup> {
  const sized = {width: CHART_WIDTH, height: CHART_HEIGHT, ...spec};
  const vegaSpec = compile({
    $schema: 'https://vega.github.io/schema/vega-lite/v6.json',
    autosize: {type: 'fit', contains: 'padding'},
    padding: 2,
    ...sized,
    config,
  } as unknown as TopLevelSpec).spec;
  const view = new View(parse(vegaSpec), {renderer: 'none'});
  try {
    return trusted(named(await view.toSVG(), {id, title, description}));
  } finally {
    view.finalize();
  }
}

function named(svg: string, {id, title, description}: ChartText): string {
  const ids = new Map<string, string>();
  const fresh = (old: string): string => {
    if (!ids.has(old)) ids.set(old, `${id}-${ids.size}`);
    return ids.get(old)!;
  };
  const viewBox = /^<svg[^>]*\sviewBox="([^"]*)"/.exec(svg)?.[1] ?? `0 0 ${CHART_WIDTH} ${CHART_HEIGHT}`;
  const labels = `<title id="${id}-title">${escapeHtml(title)}</title><desc id="${id}-desc">${escapeHtml(description)}</desc>`;
  const root = `<svg class="chart" xmlns="http://www.w3.org/2000/svg" role="img" aria-labelledby="${id}-title" aria-describedby="${id}-desc" viewBox="${viewBox}">`;
  return (
    svg
      // The drawing has one name; Vega gives each layer a role without one.
      .replace(/ (?:role|aria-[a-z]+)="[^"]*"/g, '')
      .replace(/^<svg[^>]*>/, root + labels)
      .replace(/(<[a-zA-Z]+[^>]*\s)id="([^"]*)"/g, (whole, start: string, old: string) =>
        old.startsWith(`${id}-`) ? whole : `${start}id="${fresh(old)}"`,
      )
      .replace(/url\(#([^)]*)\)/g, (_, old: string) => `url(#${fresh(old)})`)
  );
}
