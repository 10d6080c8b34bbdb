import type {FloatTensor, NamedTensor, Tensor} from '../../../binding/contract.js';
import {resize} from '../../../data/resize.js';
import {sceneSize} from '../background.js';

/** 8-bit pixels (N, 3, H, W) -> floats in [-1, 1] of the same shape. */
export function toSignedPixels(pixels: Uint8Array, shape: number[]): FloatTensor {
  const data = new Float32Array(pixels.length);
  for (let at = 0; at < data.length; at++) data[at] = pixels[at]! / 127.5 - 1;
  return {data, shape};
}

export const named = (tensors: Record<string, Tensor>): NamedTensor[] =>
  Object.entries(tensors).map(([name, tensor]) => ({name, tensor}));

/** Scenes (N, 3, 64, 64) as CLIP's preprocessing shows them to a tower of `side` pixels, still in bytes. */
export function resizedScenes(pixels: Uint8Array, side: number): Tensor<Uint8Array> {
  const [area, small] = [sceneSize * sceneSize, side * side];
  const count = pixels.length / (3 * area);
  const data = new Uint8Array(count * 3 * small);
  const scene = new Uint8Array(3 * area);
  for (let n = 0; n < count; n++) {
    const planes = pixels.subarray(n * 3 * area, (n + 1) * 3 * area);
    for (let at = 0; at < area; at++) for (let c = 0; c < 3; c++) scene[at * 3 + c] = planes[c * area + at]!;
    const image = resize({data: scene, width: sceneSize, height: sceneSize}, side, side, 'bicubic');
    for (let at = 0; at < small; at++)
      for (let c = 0; c < 3; c++) data[(n * 3 + c) * small + at] = image.data[at * 3 + c]!;
  }
  return {data, shape: [count, 3, side, side]};
}
