import {createHash} from 'node:crypto';
import type {Tensor} from '../binding/contract.js';

/** What a sample is sorted by in an epoch: the same on every machine. */
function keyOf(seed: number | bigint, epoch: number, sample: number): bigint {
  return createHash('sha256').update(`${seed}\0order\0${epoch}\0${sample}`).digest().readBigUInt64LE();
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
  let shuffled: number[] = [];
  for (let at = 0; at < order.length; at++) {
    if (at % count === 0) {
      const keys = Array.from({length: count}, (_, sample) => keyOf(seed, at / count, sample));
      shuffled = keys.map((_, sample) => sample).sort((a, b) => (keys[a]! < keys[b]! ? -1 : 1));
    }
    order[at] = BigInt(shuffled[at % count]!);
  }
  return {data: order, shape: [steps, size]};
}
