import type {EngineCore} from '../engine/engine-core.js';

/**
 * The version of how features are computed, from the image's bytes (or the text) to the numbers. A bank's rows of another version
 * are never returned: its spaces have other names. Raise it with every change after which the same model on the same machine gives
 * other bits: decoding, resizing, tokenisation, a layer's arithmetic or the order of its sums, the library that multiplies.
 * LibTorch, device, threads and batch size are told apart by themselves. A change that forgets it moves features by rounding
 * alone, some 1e-6: what moves them by more than 1e-5 fails the parity tests.
 */
export const COMPUTATION = 2;

/** What the last bits of a result depend on beside the model. */
export function computeOf(
  {info}: Pick<EngineCore, 'info'>,
  batchSize: number,
  version = COMPUTATION,
): Record<string, unknown> {
  const {libtorchVersion, device, deviceName, dtype, threads} = info;
  return {version, libtorchVersion, device, deviceName, dtype, threads, batchSize};
}
