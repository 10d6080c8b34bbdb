import {backgroundColours, sceneSize} from './background.js';
import type {Random} from './random.js';

/** How much of the second colour a pattern has at a point, 0 to 1. `u`, `v`: in periods, along the turned axes. */
type Pattern = (u: number, v: number) => number;

const wave = (x: number): number => 0.5 + 0.5 * Math.sin(2 * Math.PI * x);
const fraction = (x: number): number => x - Math.floor(x);
/** 0 below, 1 above, with an edge that is about a pixel wide */
const step = (x: number, edge: number): number => Math.min(1, Math.max(0, (x - edge) * 6 + 0.5));
const triangle = (x: number): number => Math.abs(2 * fraction(x) - 1);

/** Patterns of the test set. */
export const testPatterns = {
  stripes: (u) => step(wave(u), 0.5),
  checkerboard: (u, v) => step(Math.sin(2 * Math.PI * u) * Math.sin(2 * Math.PI * v), 0),
  dots: (u, v) => step(0.3, Math.hypot(fraction(u) - 0.5, fraction(v) - 0.5)),
  waves: (u, v) => step(wave(u + 0.25 * Math.sin(2 * Math.PI * 0.7 * v)), 0.5),
  bricks: (u, v) => {
    const row = Math.floor(v);
    return step(Math.min(triangle(u + (row % 2) * 0.5), triangle(v)), 0.12);
  },
} as const satisfies Record<string, Pattern>;

/** Patterns of the validation set: none is in the test set. */
export const validationPatterns = {
  plaid: (u, v) => 0.5 * step(wave(u), 0.5) + 0.5 * step(wave(v), 0.5),
  zigzag: (u, v) => step(wave(u + 0.5 * triangle(v)), 0.5),
  rings: (u, v) => step(wave(Math.hypot(u, v)), 0.5),
  clouds: (u, v) => wave(0.35 * Math.sin(2.1 * u + 1.3 * v) + 0.3 * Math.sin(3.7 * v - 1.9 * u) + 0.2 * u),
} as const satisfies Record<string, Pattern>;

export type Patterns = Readonly<Record<string, Pattern>>;

/**
 * Paints a pattern of two of the backgrounds' colours, of 5 to 16 pixels a period, turned by any angle, with fine noise.
 *
 * @returns (64, 64, 3), interleaved RGB
 */
export function paintTexture(random: Random, pattern: Pattern): Uint8Array {
  const colours: readonly (readonly number[])[] = Object.values(backgroundColours);
  const [first, second] = random.sample(colours, 2) as [readonly number[], readonly number[]];
  const angle = random.range(0, 2 * Math.PI);
  const period = random.range(5, 16);
  const [offsetU, offsetV] = [random.range(-2, 2), random.range(-2, 2)];
  const grain = random.range(1, 7);
  const pixels = new Uint8Array(sceneSize * sceneSize * 3);
  for (let y = 0; y < sceneSize; y++) {
    for (let x = 0; x < sceneSize; x++) {
      const [dx, dy] = [(x - sceneSize / 2) / period, (y - sceneSize / 2) / period];
      const u = dx * Math.cos(angle) + dy * Math.sin(angle) + offsetU;
      const v = dy * Math.cos(angle) - dx * Math.sin(angle) + offsetV;
      const share = pattern(u, v);
      for (let c = 0; c < 3; c++) {
        const value = first[c]! + (second[c]! - first[c]!) * share + random.range(-grain, grain);
        pixels[(y * sceneSize + x) * 3 + c] = Math.min(255, Math.max(0, Math.round(value)));
      }
    }
  }
  return pixels;
}
