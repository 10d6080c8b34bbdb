import type {SchedulerSpec, Tensor} from '../binding/contract.js';
import type {ImageInput, RgbImage} from '../data/image.js';
import type {Mask} from '../data/mask.js';
import type {Region} from '../data/region.js';
import type {Autoencoder} from '../models/autoencoder.js';

/** One image, and what is to happen to it. */
export interface InpaintItem {
  /** a file, its bytes, decoded pixels, or a float tensor (3, H, W) in [0, 1] */
  image: ImageInput | RgbImage | Tensor;
  /** as large as the image */
  mask: Mask;
  prompt: string;
  negativePrompt?: string;
  /** where the sample's random numbers come from; default: the call's seed plus the item's place in the list */
  seed?: number | bigint;
}

export interface InpaintStepReport {
  /** whose latents these are, by their places in the list */
  items: number[];
  /** counted from 0 */
  index: number;
  total: number;
  timestep: number;
  /** (items, channels, h, w) after the step, in the autoencoder's scaled space */
  latents: Tensor<Float32Array>;
}

export interface InpaintPreview {
  items: number[];
  index: number;
  total: number;
  /** one an item: a pixel for each latent, or the size that `preview` decodes to */
  images: RgbImage[];
}

/** What all items of a call share. */
export interface InpaintSettings {
  /** how far into the noise: 1 replaces what is masked, small values keep most of it; default 1, with Stable Diffusion XL 0.9999 */
  strength?: number;
  /** classifier-free guidance; 1 or less turns it off; default 7.5 */
  guidanceScale?: number;
  /** default 50 */
  steps?: number;
  /** DDIM only: share of fresh noise in each step */
  eta?: number;
  /** DeepCache: only every so many-th step computes the deep blocks; faster, and another picture; default 1: off */
  cacheInterval?: number;
  /** default: the model's own */
  scheduler?: SchedulerSpec;
  /** default 0 */
  seed?: number | bigint;
  /** the size that the model computes at, a multiple of its autoencoder's factor; default: the one it was trained at */
  width?: number;
  height?: number;
  /** the mask grows by so many pixels of the image; default 0 */
  dilate?: number;
  /** standard deviation, in pixels of the image, of the soft edge inside the mask; default 0 */
  blur?: number;
  /** only the mask's surroundings go through the model: with 32 pixels around it, or so many; default false */
  crop?: boolean | number;
  /** unmasked pixels keep their bytes; default true */
  pasteBack?: boolean;
  /** images computed at once; default 1 */
  batchSize?: number;
  /**
   * Fill the last batch up, so that an image's bytes depend neither on its neighbours nor on their number; default:
   * where the device promises bytes (the CPU).
   */
  deterministic?: boolean;
  onStep?: (report: InpaintStepReport) => void;
  /** a picture after every step: by `preview`, or roughly, from colours fitted to the latents, without a decoder */
  onPreview?: (preview: InpaintPreview) => void;
  /** decodes previews: an AutoencoderTiny costs a few percent of a step */
  preview?: Autoencoder;
  /** images that are finished */
  onProgress?: (progress: {done: number; total: number}) => void;
  signal?: AbortSignal;
}

/** An inpainted image, and how it came about. */
export interface InpaintedImage {
  /** as large as the image that was given */
  image: RgbImage;
  /** what was replaced, of the same size */
  mask: Mask;
  /** the image with grey where it was replaced */
  masked: RgbImage;
  /** what the model made, at its own size */
  raw: RgbImage;
  /** the part of the image that the model saw */
  region: Region;
  seed: bigint;
  /** what was done otherwise than asked: a prompt that was cut off */
  warnings: string[];
}
