import type {FloatTensor} from '../binding/contract.js';
import type {RgbImage} from '../data/image.js';
import type {Autoencoder} from '../models/autoencoder.js';

/** Enough to keep a flat image's equations solvable, too little to move the colours of any other. */
const RIDGE = 1e-3;

/** Solves a x = b for a symmetric positive a, in place: Gauss-Jordan; b has several columns. */
function solve(a: number[][], b: number[][]): number[][] {
  a.forEach((row, i) => {
    const pivot = row[i]!;
    for (let k = 0; k < a.length; k++) {
      if (k === i) continue;
      const factor = a[k]![i]! / pivot;
      for (let j = 0; j < row.length; j++) a[k]![j]! -= factor * row[j]!;
      for (let j = 0; j < b[i]!.length; j++) b[k]![j]! -= factor * b[i]![j]!;
    }
  });
  return b.map((row, i) => row.map((value) => value / a[i]![i]!));
}

/**
 * The scaled space that denoisers work in, from what encode() gives: the first latentChannels of each image's moments
 * are its mean.
 */
function scaledMeans({data, shape}: FloatTensor, config: Autoencoder['config']): FloatTensor {
  const {latentChannels, scalingFactor, shiftFactor} = config;
  const {latentsMean, latentsStd} = 'latentsMean' in config ? config : {};
  const [count, channels, height, width] = shape as [number, number, number, number];
  const plane = height * width;
  const scaled = new Float32Array(count * latentChannels * plane);
  for (let i = 0; i < scaled.length; i++) {
    const channel = Math.floor(i / plane) % latentChannels;
    const image = Math.floor(i / (plane * latentChannels));
    const value = data[(image * channels + channel) * plane + (i % plane)]!;
    const centred = (value - (latentsMean?.[channel] ?? 0)) / (latentsStd?.[channel] ?? 1);
    scaled[i] = (centred - shiftFactor) * scalingFactor;
  }
  return {data: scaled, shape: [count, latentChannels, height, width]};
}

/** Averages of the factor x factor pixels of each latent: (N, 3, H, W) -> (N * h * w) rows of three. */
function means(pixels: FloatTensor, factor: number): number[][] {
  const [count, channels, height, width] = pixels.shape as [number, number, number, number];
  const rows: number[][] = [];
  for (let n = 0; n < count; n++) {
    for (let y = 0; y < height; y += factor) {
      for (let x = 0; x < width; x += factor) {
        const sums = Array.from({length: channels}, (_, c) => {
          let sum = 0;
          for (let dy = 0; dy < factor; dy++) {
            const start = ((n * channels + c) * height + y + dy) * width + x;
            for (let dx = 0; dx < factor; dx++) sum += pixels.data[start + dx]!;
          }
          return sum / (factor * factor);
        });
        rows.push(sums);
      }
    }
  }
  return rows;
}

/** (N, C, h, w) -> (N * h * w) rows of the first `used` channels and a one. */
function features({data, shape}: FloatTensor, used: number): number[][] {
  const [count, channels, height, width] = shape as [number, number, number, number];
  const plane = height * width;
  return Array.from({length: count * plane}, (_, row) => {
    const start = Math.floor(row / plane) * channels * plane + (row % plane);
    return [...Array.from({length: used}, (_, c) => data[start + c * plane]!), 1];
  });
}

/**
 * Pictures straight from latents, without a decoder: the colour of a latent's patch is nearly a linear function of its
 * channels, which is fitted here by least squares to what the autoencoder makes of an image.
 */
export class LatentColours {
  private constructor(
    /** (channels + 1, 3): scaled latents and one -> colours in [-1, 1] */
    private readonly weights: number[][],
  ) {}

  /** @param pixels  (N, 3, H, W) in [-1, 1] */
  static async fit(vae: Autoencoder, pixels: FloatTensor, signal?: AbortSignal): Promise<LatentColours> {
    const {latentChannels} = vae.config;
    const moments = await vae.encode(pixels, {batchSize: 1, signal});
    const scaled = scaledMeans(moments, vae.config);
    const rows = features(scaled, latentChannels);
    const colours = means(pixels, vae.scaleFactor);
    const size = latentChannels + 1;
    const products = (right: number[][], columns: number) =>
      Array.from({length: size}, (_, i) =>
        Array.from({length: columns}, (_, j) =>
          rows.reduce((sum, row, n) => sum + row[i]! * right[n]![j]!, 0),
        ),
      );
    const normal = products(rows, size);
    for (let i = 0; i < size; i++) normal[i]![i]! += RIDGE * rows.length;
    return new LatentColours(solve(normal, products(colours, 3)));
  }

  /** (N, C, h, w) in the scaled space -> N images of h x w */
  images(latents: FloatTensor): RgbImage[] {
    const [count, channels, height, width] = latents.shape as [number, number, number, number];
    const rows = features(latents, channels);
    return Array.from({length: count}, (_, n) => {
      const data = new Uint8Array(height * width * 3);
      for (let i = 0; i < height * width; i++) {
        const row = rows[n * height * width + i]!;
        for (let c = 0; c < 3; c++) {
          const value = row.reduce((sum, x, k) => sum + x * this.weights[k]![c]!, 0);
          data[i * 3 + c] = Math.round(Math.min(1, Math.max(0, value / 2 + 0.5)) * 255);
        }
      }
      return {data, width, height};
    });
  }
}
