/**
 * Colours that a chart may use. A chart is drawn in the light colours; the page's style sheet maps each of them to
 * a CSS variable, so that one drawing serves light and dark pages and still is right on its own. The hues
 * are those of Okabe and Ito, "Color Universal Design", 2008, darkened to a contrast of 3:1 on white.
 */
export interface ThemedColour {
  light: string;
  dark: string;
}

export const series: readonly ThemedColour[] = [
  {light: '#0071b1', dark: '#4db2ec'},
  {light: '#d45d00', dark: '#ff8a3d'},
  {light: '#007e5e', dark: '#2fcf9f'},
  {light: '#b0508d', dark: '#e58fc6'},
  {light: '#8e6900', dark: '#e2b93b'},
  {light: '#3d39a8', dark: '#a5a2ff'},
];

export const neutral = {
  ink: {light: '#1b1f24', dark: '#e8ebef'},
  muted: {light: '#5a636e', dark: '#a3adb9'},
  grid: {light: '#e3e6ea', dark: '#2d333b'},
  fill: {light: '#c9d0d8', dark: '#49525d'},
} satisfies Record<string, ThemedColour>;

/** How one curve among several looks: never by its colour alone. */
export interface LineStyle {
  colour: string;
  dash: number[];
}

const DASHES: number[][] = [[], [7, 3], [2, 2], [9, 3, 2, 3], [4, 4], [12, 4]];

/** The n-th coloured curve. After six, the colours come again with other dashes. */
export function lineStyle(index: number): LineStyle {
  const round = Math.floor(index / series.length);
  return {
    colour: series[index % series.length]!.light,
    dash: DASHES[(index + round) % DASHES.length]!,
  };
}

/** A baseline is grey and dashed, so that colour is left to what is compared with it. */
export const baselineStyle: LineStyle = {colour: neutral.muted.light, dash: [5, 3]};

/** The styles of detectors: the last baseline in grey, the run's own (the last that is none) in the first colour. */
export function lineStyles(detectors: readonly {baseline: boolean}[]): LineStyle[] {
  const baseline = detectors.findLastIndex((detector) => detector.baseline);
  const own = detectors.findLastIndex((detector) => !detector.baseline);
  let others = 1;
  return detectors.map((_, index) => {
    if (index === baseline) return baselineStyle;
    return lineStyle(index === own ? 0 : others++);
  });
}

/** What a chart of many curves draws behind those that it tells apart. */
export const quietStyle: LineStyle = {colour: neutral.fill.light, dash: []};

const themed: readonly ThemedColour[] = [...series, ...Object.values(neutral)];

/** CSS: variables for one theme. */
export const themeVariables = (theme: keyof ThemedColour): string =>
  themed.map((colour, index) => `--chart-${index}:${colour[theme]}`).join(';');

/** CSS: every colour of a chart becomes its variable. */
export const chartRules = (): string =>
  themed
    .map(
      ({light}, index) =>
        `.chart [fill="${light}"]{fill:var(--chart-${index})}.chart [stroke="${light}"]{stroke:var(--chart-${index})}`,
    )
    .join('\n');
