import type {NamedTensor, Tensor} from '../../binding/contract.js';
import {SynoodError} from '../../binding/errors.js';

/** The samples of a training, by their number from 0 to `count` - 1. */
export interface SampleSource {
  readonly count: number;
  /**
   * Some samples as the core reads them, in this order.
   *
   * @param epoch  how often they were seen before, for what is drawn anew each time
   */
  read(samples: readonly number[], epoch: number, signal?: AbortSignal): Promise<NamedTensor[]>;
  /** All samples, where they fit the memory; then `read` is not called. */
  readonly whole?: NamedTensor[];
}

export const named = (tensors: Record<string, Tensor>): NamedTensor[] =>
  Object.entries(tensors).map(([name, tensor]) => ({name, tensor}));

/** Numbers as int64, (N). */
export const integers = (numbers: readonly number[]): Tensor<BigInt64Array> => ({
  data: BigInt64Array.from(numbers, BigInt),
  shape: [numbers.length],
});

export function memorySource(count: number, tensors: Record<string, Tensor>): SampleSource {
  const whole = named(tensors);
  return {count, whole, read: () => Promise.resolve(whole)};
}

/** The samples of some steps, each one read once, and the steps' rows in that pool. */
export async function poolOf(
  source: SampleSource,
  order: Tensor<BigInt64Array>,
  epoch: number,
  signal?: AbortSignal,
): Promise<{data: NamedTensor[]; order: Tensor<BigInt64Array>}> {
  if (source.whole) return {data: source.whole, order};
  const samples = [...new Set(Array.from(order.data, Number))].sort((a, b) => a - b);
  const place = new Map(samples.map((sample, at) => [sample, at]));
  const rows = BigInt64Array.from(order.data, (sample) => BigInt(place.get(Number(sample))!));
  return {data: await source.read(samples, epoch, signal), order: {data: rows, shape: order.shape}};
}

/**
 * Every class must have something to learn from.
 *
 * @param names  of the classes, for the message
 * @throws SynoodError ERR_VALUE naming a label beyond the classes, or the classes without a sample
 */
export function checkLabels(labels: readonly number[], names: readonly string[], mayBeEmpty = false): void {
  const beyond = labels.findIndex((label) => !Number.isInteger(label) || label < 0 || label >= names.length);
  if (beyond >= 0) {
    throw new SynoodError(
      'ERR_VALUE',
      `Sample ${beyond} has the label ${labels[beyond]}; expected 0 to ${names.length - 1}, a row of the ${names.length} labels.`,
    );
  }
  const used = new Set(labels);
  const empty = names.filter((_, label) => !used.has(label));
  if (mayBeEmpty || empty.length === 0) return;
  const some = empty.slice(0, 5).map((name) => `"${name}"`);
  throw new SynoodError(
    'ERR_VALUE',
    `${empty.length === 1 ? 'A class has' : `${empty.length} classes have`} no sample to learn from: ${some.join(', ')}${empty.length > 5 ? ', ...' : ''}. Add samples or leave the class out.`,
  );
}
