import {generator} from '../epochs.js';

export const maskKinds = ['full', 'box', 'boxes'] as const;
export type MaskKind = (typeof maskKinds)[number];

/**
 * A mask for training an inpainting denoiser, side x side, 1 where the image is replaced: all of it, one box, or two
 * that may overlap. Boxes have an eighth to the whole of each side, anywhere.
 *
 * @param key  equal keys give equal masks
 */
export function drawMask(key: string, side: number, kinds: readonly MaskKind[]): Float32Array {
  const random = generator(key);
  const uniform = () => random() / 2 ** 32;
  const kind = kinds[Math.floor(uniform() * kinds.length)]!;
  const mask = new Float32Array(side * side);
  if (kind === 'full') return mask.fill(1);
  for (let box = 0; box < (kind === 'box' ? 1 : 2); box++) {
    const length = () => Math.max(1, Math.round(side * (1 / 8 + (7 / 8) * uniform())));
    const [width, height] = [length(), length()];
    const left = Math.floor(uniform() * (side - width + 1));
    const top = Math.floor(uniform() * (side - height + 1));
    for (let y = top; y < top + height; y++) mask.fill(1, y * side + left, y * side + left + width);
  }
  return mask;
}

/** Pixels (3, S, S) in [-1, 1], with 0 (mid-grey) where the mask (S, S) is 1. */
export function masked(pixels: Float32Array, mask: Float32Array): Float32Array {
  return pixels.map((value, at) => (mask[at % mask.length]! < 0.5 ? value : 0));
}

/** Every `factor`-th row and column, as diffusers' nearest neighbour takes them. */
export function shrinkMask(mask: Float32Array, side: number, factor: number): Float32Array {
  const small = side / factor;
  return Float32Array.from({length: small * small}, (_, at) => {
    const [row, column] = [Math.floor(at / small), at % small];
    return mask[row * factor * side + column * factor]!;
  });
}
