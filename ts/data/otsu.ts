/**
 * Otsu's threshold: the one that separates the values into two classes with the largest variance between them,
 * w0*w1*(mean0 - mean1)^2. Equal values have none; the threshold is then theirs.
 *
 * @returns the smallest value of the upper class
 * @see Otsu, "A threshold selection method from gray-level histograms", 1979
 */
export function otsuThreshold(values: ArrayLike<number>): number {
  const sorted = Float64Array.from(values).sort();
  const total = sorted.reduce((sum, value) => sum + value, 0);
  let best = sorted[0] ?? 0;
  let bestVariance = 0;
  let below = 0;
  for (let count = 1; count < sorted.length; count++) {
    below += sorted[count - 1]!;
    if (sorted[count] === sorted[count - 1]) continue;
    const above = sorted.length - count;
    const variance = count * above * (below / count - (total - below) / above) ** 2;
    if (variance > bestVariance) [best, bestVariance] = [sorted[count]!, variance];
  }
  return best;
}
