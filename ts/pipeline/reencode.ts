import sharp from 'sharp';
import {toRgbImage} from '../data/image-output.js';
import {decodeImage, type RgbImage} from '../data/image.js';
import {preprocessForDiffusion} from '../data/preprocess.js';
import type {Inpainter} from '../models/inpainter.js';
import {resizeGently} from '../synthesis/gentle-resize.js';
import type {FeatureOptions} from './clip-features.js';
import type {RunContext} from './run-context.js';

const JPEG = {quality: 95, chromaSubsampling: '4:2:0', mozjpeg: false};

/** Encoded as JPEG and decoded again, with the standard tables. */
async function throughJpeg({data, width, height}: RgbImage): Promise<RgbImage> {
  const bytes = await sharp(data, {raw: {width, height, channels: 3}})
    .jpeg(JPEG)
    .toBuffer();
  return decodeImage(bytes);
}

/** Encoded to the mean of the autoencoder's posterior and decoded again. */
async function throughAutoencoder(
  run: RunContext,
  inpainter: Inpainter,
  images: RgbImage[],
  side: number,
): Promise<RgbImage[]> {
  const {vae} = inpainter;
  const options = {batchSize: run.config.synthesize.batchSize, signal: run.signal};
  const moments = await vae.encode(preprocessForDiffusion(images, side, side), options);
  const [count, channels, height, width] = moments.shape as [number, number, number, number];
  const half = (channels / 2) * height * width;
  const means = new Float32Array(count * half);
  for (let n = 0; n < count; n++)
    means.set(moments.data.subarray(n * 2 * half, n * 2 * half + half), n * half);
  const latents = {data: means, shape: [count, channels / 2, height, width]};
  const decoded = await vae.decode(latents, options);
  const size = 3 * side * side;
  return images.map((_, n) => {
    const data = decoded.data.slice(n * size, (n + 1) * size).map((value) => value / 2 + 0.5);
    return toRgbImage({data, shape: [3, side, side]});
  });
}

/**
 * What real and synthetic training images both go through, so that size, file format and compression tell nothing. Real
 * images can also go through the autoencoder, as the synthetic ones have.
 *
 * @returns undefined where nothing is to be done
 */
export async function reencoder(
  run: RunContext,
  kind: 'real' | 'synthetic',
  side: number,
): Promise<FeatureOptions['change']> {
  const {reencode} = run.config.finetune;
  if (reencode === 'none') return undefined;
  const inpainter = reencode === 'autoencoder' && kind === 'real' ? await run.models.inpainter() : undefined;
  const autoencoder = inpainter && {
    inpainter: await run.models.fingerprint('inpainter'),
    batchSize: run.config.synthesize.batchSize,
  };
  return {
    name: {side, jpeg: JPEG, autoencoder},
    images: async (images) => {
      let squares: RgbImage[] = [];
      for (const image of images) squares.push(await resizeGently(image, side, side, 'lanczos'));
      if (inpainter) squares = await throughAutoencoder(run, inpainter, squares, side);
      return Promise.all(squares.map(throughJpeg));
    },
  };
}
