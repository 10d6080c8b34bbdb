/** The middle of the sorted numbers; of an even count the mean of the two in the middle. NaN of none. */
export function median(numbers: readonly number[]): number {
  const sorted = [...numbers].sort((a, b) => a - b);
  const half = sorted.length >> 1;
  if (sorted.length % 2 === 1) return sorted[half]!;
  return (sorted[half - 1]! + sorted[half]!) / 2;
}

/** |ours - reference| as Euclidean norms, and the reference's. */
export function normDifference(ours: Float32Array, reference: Float32Array): Difference {
  if (ours.length !== reference.length || ours.length === 0) return {largest: Infinity, scale: 0};
  let distance = 0;
  let scale = 0;
  for (let i = 0; i < ours.length; i++) {
    distance += (ours[i]! - reference[i]!) ** 2;
    scale += reference[i]! ** 2;
  }
  return {largest: Number.isFinite(distance) ? Math.sqrt(distance) : Infinity, scale: Math.sqrt(scale)};
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
