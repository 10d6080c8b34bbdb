import type {RgbImage} from '../data/image.js';
import {largestComponent} from '../data/largest-component.js';
import type {BinaryMask} from '../data/mask.js';
import {blurValues} from '../data/mask-blur.js';
import {otsuThreshold} from '../data/otsu.js';

/** Bins of a colour histogram along each channel, and how far a pixel's weight spreads over them (sigma, in bins). */
const BINS = 13;
const SPREAD = 0.7;
/** A colour that only one side has is no proof. */
const LARGEST_EVIDENCE = 3;
const FLOOR = 1e-5;

/** The bin of each pixel's colour. */
function binsOf({data}: RgbImage): Int32Array {
  const bin = (value: number) => Math.round((value / 255) * (BINS - 1));
  return Int32Array.from(
    {length: data.length / 3},
    (_, i) => (bin(data[i * 3]!) * BINS + bin(data[i * 3 + 1]!)) * BINS + bin(data[i * 3 + 2]!),
  );
}

/** Shares of the colours of the chosen pixels, smoothed. */
function histogram(bins: Int32Array, chosen: (pixel: number) => boolean): Float32Array {
  let counts: Float32Array = new Float32Array(BINS ** 3);
  let total = 0;
  bins.forEach((bin, pixel) => {
    if (!chosen(pixel)) return;
    counts[bin]! += 1;
    total++;
  });
  // Rows and columns of the cube seen as BINS x BINS^2 (first channel) and as slices (the other two).
  for (let slice = 0; slice < BINS; slice++) {
    const part = counts.subarray(slice * BINS * BINS, (slice + 1) * BINS * BINS);
    part.set(blurValues(part, BINS, BINS, SPREAD));
  }
  counts = blurValues(counts, BINS * BINS, BINS, SPREAD, 'columns');
  return counts.map((count) => count / (total || 1));
}

/** To mean 0 and standard deviation 1. */
function standardised(values: Float32Array): Float32Array {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length;
  return values.map((value) => (value - mean) / (Math.sqrt(variance) || 1));
}

/**
 * A coarse map of where something is, made a mask whose edges follow the picture's: the colours above and below Otsu's
 * threshold give each pixel a log-likelihood ratio, which is added to the map; what is positive and hangs together is
 * the mask. One round of what GrabCut does, with histograms in place of mixtures and without the cut.
 *
 * @param map  as large as the image, higher is more likely
 * @see Rother, Kolmogorov and Blake, "GrabCut", 2004
 */
export function refineByColour(image: RgbImage, map: Float32Array): BinaryMask {
  const {width, height} = image;
  const threshold = otsuThreshold(map);
  const bins = binsOf(image);
  const inside = histogram(bins, (pixel) => map[pixel]! >= threshold);
  const outside = histogram(bins, (pixel) => map[pixel]! < threshold);
  const evidence = Float32Array.from(bins, (bin) => {
    const ratio = Math.log((inside[bin]! + FLOOR) / (outside[bin]! + FLOOR));
    return Math.min(LARGEST_EVIDENCE, Math.max(-LARGEST_EVIDENCE, ratio));
  });
  const prior = standardised(map);
  const smooth = blurValues(evidence, width, height, 1);
  const data = Uint8Array.from(smooth, (value, i) => (value + prior[i]! > 0 ? 255 : 0));
  const least = prior.reduce((smallest, value) => Math.min(smallest, value), Infinity);
  return largestComponent(
    {data, width, height},
    prior.map((value) => value - least),
  );
}
