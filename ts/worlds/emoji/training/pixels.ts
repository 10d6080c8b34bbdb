import type {FloatTensor, NamedTensor, Tensor} from '../../../binding/contract.js';

/** 8-bit pixels (N, 3, H, W) -> floats in [-1, 1] of the same shape. */
export function toSignedPixels(pixels: Uint8Array, shape: number[]): FloatTensor {
  const data = new Float32Array(pixels.length);
  for (let at = 0; at < data.length; at++) data[at] = pixels[at]! / 127.5 - 1;
  return {data, shape};
}

export const named = (tensors: Record<string, Tensor>): NamedTensor[] =>
  Object.entries(tensors).map(([name, tensor]) => ({name, tensor}));
