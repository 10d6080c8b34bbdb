import type {Look} from './augmentation.js';
import {sceneSize} from './background.js';
import type {Drawing, Level} from './drawings.js';

/** Pixels, the right and lower ends not included. */
export interface Box {
  left: number;
  top: number;
  right: number;
  bottom: number;
}

export interface Stamp {
  /** in scene pixels */
  x: number;
  y: number;
  /** side of the drawing's square, in scene pixels */
  size: number;
  /** radians */
  angle: number;
  mirror: boolean;
}

const sample = new Float32Array(4);

/** Bilinear; outside the square everything is transparent. `u` and `v` run over [0, 1]. */
function sampleLevel({size, rgba}: Level, u: number, v: number): void {
  const x = u * size - 0.5;
  const y = v * size - 0.5;
  const left = Math.floor(x);
  const top = Math.floor(y);
  const fx = x - left;
  const fy = y - top;
  sample.fill(0);
  for (let dy = 0; dy < 2; dy++) {
    const row = top + dy;
    if (row < 0 || row >= size) continue;
    for (let dx = 0; dx < 2; dx++) {
      const column = left + dx;
      if (column < 0 || column >= size) continue;
      const weight = (dx ? fx : 1 - fx) * (dy ? fy : 1 - fy);
      const at = (row * size + column) * 4;
      for (let c = 0; c < 4; c++) sample[c]! += weight * rgba[at + c]!;
    }
  }
}

/**
 * Paints a drawing over the canvas, "over" composition on colours multiplied by alpha.
 *
 * @param canvas  (64, 64, 3), 0-255, changed
 * @returns the box of the pixels that are mostly this drawing, or undefined when none is
 */
export function stampDrawing(
  canvas: Float32Array,
  drawing: Drawing,
  stamp: Stamp,
  look: Look,
): Box | undefined {
  const fine = stamp.size >= 30 ? 0 : stamp.size >= 14 ? 1 : 2;
  const level = drawing.levels[Math.min(2, fine + (look.soft ? 1 : 0))]!;
  const blurred = drawing.levels[2];
  const cosine = Math.cos(stamp.angle);
  const sine = Math.sin(stamp.angle);
  const scaleX = (stamp.mirror ? -1 : 1) / (stamp.size * look.stretch);
  const scaleY = look.stretch / stamp.size;
  const reach = stamp.size * 0.75 * Math.max(look.stretch, 1 / look.stretch);
  const box: Box = {left: sceneSize, top: sceneSize, right: 0, bottom: 0};
  const {colour} = look;

  const lastY = Math.min(sceneSize - 1, Math.ceil(stamp.y + reach));
  const lastX = Math.min(sceneSize - 1, Math.ceil(stamp.x + reach));
  for (let py = Math.max(0, Math.floor(stamp.y - reach)); py <= lastY; py++) {
    for (let px = Math.max(0, Math.floor(stamp.x - reach)); px <= lastX; px++) {
      const dx = px + 0.5 - stamp.x;
      const dy = py + 0.5 - stamp.y;
      const u = (dx * cosine + dy * sine) * scaleX + 0.5;
      const v = (dy * cosine - dx * sine) * scaleY + 0.5;
      if (u <= 0 || u >= 1 || v <= 0 || v >= 1) continue;
      let keep = 1;
      if (look.erosion > 0) {
        sampleLevel(blurred, u, v);
        keep = Math.min(1, Math.max(0, (sample[3]! / 255 - look.erosion) * 8));
        if (keep === 0) continue;
      }
      sampleLevel(level, u, v);
      const alpha = (sample[3]! / 255) * keep;
      if (alpha === 0) continue;
      const at = (py * sceneSize + px) * 3;
      for (let c = 0; c < 3; c++) {
        const i = c * 3;
        const mixed = colour[i]! * sample[0]! + colour[i + 1]! * sample[1]! + colour[i + 2]! * sample[2]!;
        const painted = mixed * keep + colour[9 + c]! * alpha;
        canvas[at + c] = canvas[at + c]! * (1 - alpha) + Math.min(255 * alpha, Math.max(0, painted));
      }
      if (alpha < 0.5) continue;
      box.left = Math.min(box.left, px);
      box.top = Math.min(box.top, py);
      box.right = Math.max(box.right, px + 1);
      box.bottom = Math.max(box.bottom, py + 1);
    }
  }
  return box.right > 0 ? box : undefined;
}
