import type {FloatTensor} from '../../../binding/contract.js';
import type {Random} from '../random.js';
import type {Box} from '../stamp.js';

function fill(
  mask: Float32Array,
  side: number,
  left: number,
  top: number,
  right: number,
  bottom: number,
): void {
  const clamp = (value: number) => Math.max(0, Math.min(side, Math.round(value)));
  for (let y = clamp(top); y < clamp(bottom); y++)
    mask.fill(1, y * side + clamp(left), y * side + clamp(right));
}

/** Most masks cover everything, most others the subject with a margin, some any box. 1 where it is replaced. */
export function drawMask(random: Random, side: number, box: Box | undefined): Float32Array {
  const mask = new Float32Array(side * side);
  const kind = random.uniform();
  if (kind < 0.7) return mask.fill(1);
  if (kind < 0.9 && box) {
    const margin = random.integer(7);
    fill(mask, side, box.left - margin, box.top - margin, box.right + margin, box.bottom + margin);
    return mask;
  }
  const [width, height] = [16 + random.integer(40), 16 + random.integer(40)];
  const [x, y] = [random.integer(side - width + 1), random.integer(side - height + 1)];
  fill(mask, side, x, y, x + width, y + height);
  return mask;
}

/** Pixels (N, 3, H, W) with the masked ones at 0, mid-grey, as diffusers' inpainting pipeline has them. */
export function maskedPixels(pixels: FloatTensor, masks: FloatTensor): FloatTensor {
  const [count, channels, height, width] = pixels.shape as [number, number, number, number];
  const area = height * width;
  const data = new Float32Array(pixels.data.length);
  for (let n = 0; n < count; n++) {
    for (let channel = 0; channel < channels; channel++) {
      const at = (n * channels + channel) * area;
      for (let p = 0; p < area; p++)
        data[at + p] = masks.data[n * area + p]! < 0.5 ? pixels.data[at + p]! : 0;
    }
  }
  return {data, shape: pixels.shape};
}

/** Nearest neighbour, exactly mask[::factor, ::factor]. */
export function downsampleMask(masks: FloatTensor, factor: number): FloatTensor {
  const [count, , height, width] = masks.shape as [number, number, number, number];
  const [rows, columns] = [height / factor, width / factor];
  const data = new Float32Array(count * rows * columns);
  for (let n = 0; n < count; n++) {
    for (let y = 0; y < rows; y++) {
      for (let x = 0; x < columns; x++) {
        data[(n * rows + y) * columns + x] = masks.data[(n * height + y * factor) * width + x * factor]!;
      }
    }
  }
  return {data, shape: [count, 1, rows, columns]};
}
