import type {Tensor} from '../../ts/binding/contract.js';

/** Token ids, which are stored as numbers. */
export const whole = ({data}: Tensor<Float32Array>): BigInt64Array =>
  BigInt64Array.from(data, (id) => BigInt(id));

/** (N, ...) -> (...) */
export const rowOf = ({data, shape}: Tensor<Float32Array>, row: number): Tensor<Float32Array> => {
  const size = data.length / shape[0]!;
  return {data: data.slice(row * size, (row + 1) * size), shape: shape.slice(1)};
};

/** One after the other. */
export function joined(all: Float32Array[]): Float32Array {
  const out = new Float32Array(all.reduce((sum, {length}) => sum + length, 0));
  let at = 0;
  for (const one of all) {
    out.set(one, at);
    at += one.length;
  }
  return out;
}
