import type {FloatTensor, InpaintStep} from '../binding/contract.js';
import {SynoodError} from '../binding/errors.js';
import type {RgbImage} from '../data/image.js';
import {toRgbImage} from '../data/image-output.js';
import {pasteBack, placeRegion} from '../data/paste-back.js';
import {heightOf, widthOf} from '../data/region.js';
import type {Inpainter} from '../models/inpainter.js';
import type {Tokenizer} from '../models/tokenizer.js';
import {resizeGently} from '../synthesis/gentle-resize.js';
import {LatentColours} from './latent-colours.js';
import type {InpaintedImage, InpaintItem, InpaintSettings} from './options.js';
import {prepareItem, type PreparedItem} from './prepare.js';
import {promptWarnings} from './prompt-warnings.js';
import {type CheckedSettings, checkSettings} from './settings.js';

/** An item on its way through the model. */
interface Entry extends PreparedItem {
  place: number;
  item: InpaintItem;
  seed: bigint;
}

const GREY = 128;

/** (N, ...) from the entries' own arrays. */
function stacked(entries: Entry[], shape: number[], of: (entry: Entry) => Float32Array): FloatTensor {
  const size = shape.reduce((product, side) => product * side, 1);
  const data = new Float32Array(entries.length * size);
  entries.forEach((entry, index) => data.set(of(entry), index * size));
  return {data, shape: [entries.length, ...shape]};
}

/** The first `count` rows. */
function rows({data, shape}: FloatTensor, count: number): FloatTensor {
  const size = data.length / shape[0]!;
  return {data: data.subarray(0, count * size), shape: [count, ...shape.slice(1)]};
}

function greyedOut({image, mask}: PreparedItem): RgbImage {
  const data = image.data.slice();
  mask.data.forEach((value, i) => {
    if (value) data.fill(GREY, i * 3, i * 3 + 3);
  });
  return {...image, data};
}

function imagesOf(pictures: FloatTensor, count: number): RgbImage[] {
  const {data, shape} = rows(pictures, count);
  const size = data.length / count;
  return Array.from({length: count}, (_, n) =>
    toRgbImage({data: data.subarray(n * size, (n + 1) * size), shape: shape.slice(1)}),
  );
}

async function callbackOf(
  inpainter: Inpainter,
  entries: Entry[],
  pixels: FloatTensor,
  {onStep, onPreview, preview, signal}: InpaintSettings,
): Promise<((step: InpaintStep) => void) | undefined> {
  if (!onStep && !onPreview) return undefined;
  const items = entries.map(({place}) => place);
  const fit = onPreview && !preview;
  const colours = fit
    ? await LatentColours.fit(inpainter.vae, rows(pixels, entries.length), signal)
    : undefined;
  return ({index, total, timestep, latents, preview: decoded}) => {
    const own = rows(latents, entries.length);
    onStep?.({items, index, total, timestep, latents: own});
    const images = decoded ? imagesOf(decoded, entries.length) : colours?.images(own);
    if (images) onPreview?.({items, index, total, images});
  };
}

/** @returns (N, 3, height, width) in [0, 1] */
async function compute(
  inpainter: Inpainter,
  entries: Entry[],
  checked: CheckedSettings,
  settings: InpaintSettings,
): Promise<FloatTensor> {
  const {width, height, batchSize, deterministic, strength, guidanceScale, steps} = checked;
  // At one batch shape an image's bits don't depend on its neighbours, so free places are filled.
  const free = deterministic ? batchSize - entries.length : 0;
  const batch = [...entries, ...Array.from({length: free}, () => entries.at(-1)!)];
  const pixels = stacked(batch, [3, height, width], (entry) => entry.pixels);
  const onStep = await callbackOf(inpainter, entries, pixels, settings);
  const made = await inpainter.inpaint({
    image: pixels,
    mask: stacked(batch, [1, height, width], (entry) => entry.replaced),
    prompt: batch.map(({item}) => item.prompt),
    negativePrompt: batch.map(({item}) => item.negativePrompt),
    seed: batch.map(({seed}) => seed),
    strength,
    guidanceScale,
    steps,
    eta: settings.eta,
    cacheInterval: settings.cacheInterval,
    scheduler: settings.scheduler,
    preview: settings.onPreview && settings.preview,
    onStep,
    signal: settings.signal,
  });
  return rows(made, entries.length);
}

function tokenizersOf({textEncoder, textEncoder2}: Inpainter): Tokenizer[] {
  return [textEncoder, textEncoder2].flatMap((model) => model?.tokenizer ?? []);
}

async function finish(
  inpainter: Inpainter,
  entry: Entry,
  made: FloatTensor,
  checked: CheckedSettings,
): Promise<InpaintedImage> {
  const {image, mask, region, item, seed} = entry;
  const raw = toRgbImage(made);
  const fresh = await resizeGently(raw, widthOf(region), heightOf(region), 'lanczos');
  const {negativePrompt = ''} = item;
  const guided = checked.guidanceScale > 1;
  return {
    image: checked.pasteBack
      ? pasteBack(image, region, fresh, mask, checked.blur)
      : placeRegion(image, region, fresh),
    mask,
    masked: greyedOut(entry),
    raw,
    region,
    seed,
    warnings: promptWarnings(tokenizersOf(inpainter), {
      prompt: item.prompt,
      ...(guided ? {'negative prompt': negativePrompt} : {}),
    }),
  };
}

function seedOf(item: InpaintItem, place: number, settings: InpaintSettings): bigint {
  const seed = item.seed ?? BigInt(settings.seed ?? 0) + BigInt(place);
  if (typeof seed === 'bigint' ? seed >= 0n : Number.isSafeInteger(seed) && seed >= 0) return BigInt(seed);
  throw new SynoodError('ERR_VALUE', `Expected a seed to be a whole number of at least 0, got ${seed}.`);
}

/**
 * Inpaints images at their own sizes: each is cropped to its mask if asked, resized to the model's size, inpainted,
 * resized back and pasted back, so that unmasked pixels keep their bytes. Images are read as their batch comes.
 *
 *     const [first, second] = await inpaintImages(inpainter, [
 *       {image: 'a.jpg', mask: await readMask('a-mask.png'), prompt: 'a red tulip', seed: 1},
 *       {image: 'b.jpg', mask: boxMask(640, 480, {left: 10, top: 10, right: 200, bottom: 200}), prompt: 'a pond'},
 *     ], {steps: 30, crop: true, blur: 4, batchSize: 2});
 *
 * @throws SynoodError ERR_IMAGE, ERR_SHAPE (sizes), ERR_VALUE (settings), ERR_ABORTED, ERR_OUT_OF_MEMORY
 */
export async function inpaintImages(
  inpainter: Inpainter,
  items: readonly InpaintItem[],
  settings: InpaintSettings = {},
): Promise<InpaintedImage[]> {
  const checked = checkSettings(inpainter, settings);
  const seeds = items.map((item, place) => seedOf(item, place, settings));
  const results: InpaintedImage[] = [];
  for (let at = 0; at < items.length; at += checked.batchSize) {
    const entries: Entry[] = [];
    for (const item of items.slice(at, at + checked.batchSize)) {
      const place = at + entries.length;
      const prepared = await prepareItem(item, `image ${place}`, checked);
      entries.push({...prepared, place, item, seed: seeds[place]!});
    }
    const made = await compute(inpainter, entries, checked, settings);
    const size = made.data.length / entries.length;
    for (const [index, entry] of entries.entries()) {
      const own = {data: made.data.subarray(index * size, (index + 1) * size), shape: made.shape.slice(1)};
      results.push(await finish(inpainter, entry, own, checked));
      settings.onProgress?.({done: results.length, total: items.length});
    }
  }
  return results;
}

/**
 * Inpaints one image; see inpaintImages.
 *
 *     const {image} = await inpaintImage(inpainter, {image: 'photo.jpg', mask, prompt: 'an empty bench', seed: 7});
 *     await saveImage('out.png', image);
 */
export async function inpaintImage(
  inpainter: Inpainter,
  options: InpaintItem & InpaintSettings,
): Promise<InpaintedImage> {
  const {image, mask, prompt, negativePrompt, seed, ...settings} = options;
  const [result] = await inpaintImages(
    inpainter,
    [{image, mask, prompt, negativePrompt, seed: seed ?? 0}],
    settings,
  );
  return result!;
}
