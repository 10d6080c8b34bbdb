import {createHash} from 'node:crypto';
import type {Tensor} from '../binding/contract.js';

/** Whole numbers in [0, 2^32) from a key: sfc32 (Doty-Humphrey, PractRand), the same on every machine. */
export function generator(key: string): () => number {
  const state = createHash('sha256').update(key).digest();
  let [a, b, c, counter] = [0, 4, 8, 12].map((at) => state.readInt32LE(at)) as [
    number,
    number,
    number,
    number,
  ];
  return () => {
    const sum = (a + b + counter) | 0;
    counter = (counter + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = ((c << 21) | (c >>> 11)) + sum;
    return sum >>> 0;
  };
}

/** Fisher and Yates. */
function shuffle(samples: Uint32Array, random: () => number): void {
  for (let last = samples.length - 1; last > 0; last--) {
    const other = Math.floor((random() / 2 ** 32) * (last + 1));
    [samples[last], samples[other]] = [samples[other]!, samples[last]!];
  }
}

/**
 * The samples of each step of so many epochs, every epoch in an order of its own. A step goes on into the next epoch where
 * the batch size does not divide; the last one is filled from one epoch more.
 *
 * @returns (steps, B) with steps = ceil(epochs * count / B); B is at most the count
 */
export function epochOrder(
  seed: number | bigint,
  count: number,
  epochs: number,
  batchSize: number,
): Tensor<BigInt64Array> {
  const size = Math.min(batchSize, count);
  const steps = Math.ceil((epochs * count) / size);
  const order = new BigInt64Array(steps * size);
  const samples = new Uint32Array(count);
  for (let at = 0; at < order.length; at++) {
    if (at % count === 0) {
      samples.forEach((_, sample) => (samples[sample] = sample));
      shuffle(samples, generator(`${seed}\0order\0${at / count}`));
    }
    order[at] = BigInt(samples[at % count]!);
  }
  return {data: order, shape: [steps, size]};
}
