import type {Random} from './random.js';

export const sceneSize = 64;

/** The colours that captions know, as 8-bit RGB. */
export const backgroundColours = {
  red: [205, 60, 55],
  orange: [235, 145, 60],
  yellow: [240, 215, 95],
  green: [95, 170, 95],
  blue: [80, 130, 215],
  purple: [140, 95, 185],
  pink: [240, 165, 190],
  brown: [140, 100, 70],
  grey: [145, 148, 150],
  white: [240, 240, 238],
  black: [35, 36, 42],
} as const;

export type BackgroundColour = keyof typeof backgroundColours;

const colourNames = Object.keys(backgroundColours) as BackgroundColour[];
const grid = 5;

function jittered(random: Random, colour: readonly number[], width: number): number[] {
  return colour.map((value) => value + random.range(-width, width));
}

/** Uneven light: a 5x5 grid of offsets, stretched bilinearly over the scene. */
function unevenLight(random: Random): Float32Array {
  return Float32Array.from({length: grid * grid * 3}, () => random.range(-22, 22));
}

/**
 * Paints a two-colour gradient with low-frequency and fine noise over the whole canvas.
 *
 * @param canvas  (64, 64, 3), 0-255, overwritten
 * @returns the colour's name, or undefined where the two ends have different ones
 */
export function paintBackground(random: Random, canvas: Float32Array): BackgroundColour | undefined {
  const name = random.choice(colourNames);
  const other = random.chance(0.65) ? name : random.choice(colourNames);
  const from = jittered(random, backgroundColours[name], 24);
  const to = jittered(random, backgroundColours[other], name === other ? 40 : 24);
  const angle = random.range(0, 2 * Math.PI);
  const stepX = Math.cos(angle) / sceneSize;
  const stepY = Math.sin(angle) / sceneSize;
  const light = unevenLight(random);
  const fine = random.range(1, 7) / 128;

  let at = 0;
  for (let y = 0; y < sceneSize; y++) {
    const gridY = (y / sceneSize) * (grid - 1);
    const row = Math.floor(gridY);
    const down = gridY - row;
    for (let x = 0; x < sceneSize; x++) {
      const gridX = (x / sceneSize) * (grid - 1);
      const column = Math.floor(gridX);
      const right = gridX - column;
      const along = Math.min(1, Math.max(0, 0.5 + (x - 31.5) * stepX + (y - 31.5) * stepY));
      const corner = (row * grid + column) * 3;
      const noise = random.uint32();
      for (let c = 0; c < 3; c++) {
        const i = corner + c;
        const above = light[i]! * (1 - right) + light[i + 3]! * right;
        const below = light[i + grid * 3]! * (1 - right) + light[i + grid * 3 + 3]! * right;
        const grain = (((noise >>> (8 * c)) & 255) - 127.5) * fine;
        canvas[at++] = from[c]! + (to[c]! - from[c]!) * along + above * (1 - down) + below * down + grain;
      }
    }
  }
  return name === other ? name : undefined;
}
