/** The middle of the sorted numbers; of an even count the mean of the two in the middle. NaN of none. */
export function median(numbers: readonly number[]): number {
  const sorted = [...numbers].sort((a, b) => a - b);
  const half = sorted.length >> 1;
  if (sorted.length % 2 === 1) return sorted[half]!;
  return (sorted[half - 1]! + sorted[half]!) / 2;
}

export interface Difference {
  /** of two elements in the same place; Infinity if there are not as many or one is not finite */
  largest: number;
  /** the largest magnitude in the reference */
  scale: number;
}

export function difference(ours: Float32Array, reference: Float32Array): Difference {
  let largest = ours.length === reference.length && ours.length > 0 ? 0 : Infinity;
  let scale = 0;
  for (let i = 0; i < Math.min(ours.length, reference.length); i++) {
    const distance = Math.abs(ours[i]! - reference[i]!);
    largest = Number.isFinite(distance) ? Math.max(largest, distance) : Infinity;
    scale = Math.max(scale, Math.abs(reference[i]!));
  }
  return {largest, scale};
}
