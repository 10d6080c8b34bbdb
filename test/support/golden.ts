import {readSafetensors} from '../../ts/models/weights/safetensors.js';
import type {Tensor} from '../../ts/binding/contract.js';
import {fixture} from './paths.js';

/** The tensors of a fixture folder's golden.safetensors. */
export async function goldenTensors(...folder: string[]): Promise<(name: string) => Tensor> {
  const {tensors} = await readSafetensors(fixture(...folder, 'golden.safetensors'));
  return (name) => {
    const tensor = tensors[name];
    if (!tensor) throw new Error(`The fixture ${folder.join('/')} has no tensor "${name}".`);
    return tensor;
  };
}

/** The largest absolute difference of two tensors of one shape; NaN if the shapes differ. */
export function maxDifference(a: Tensor, b: Tensor): number {
  if (a.shape.join() !== b.shape.join()) return NaN;
  let largest = 0;
  for (let i = 0; i < a.data.length; i++)
    largest = Math.max(largest, Math.abs(Number(a.data[i]) - Number(b.data[i])));
  return largest;
}

/** The mean absolute difference of two tensors of one shape; NaN if the shapes differ. */
export function meanDifference(a: Tensor, b: Tensor): number {
  if (a.shape.join() !== b.shape.join()) return NaN;
  let sum = 0;
  for (let i = 0; i < a.data.length; i++) sum += Math.abs(Number(a.data[i]) - Number(b.data[i]));
  return sum / a.data.length;
}
