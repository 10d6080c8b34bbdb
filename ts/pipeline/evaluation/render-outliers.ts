import type {FloatTensor, Tensor} from '../../binding/contract.js';
import type {RgbImage} from '../../data/image.js';
import {preprocessImages} from '../../data/preprocess.js';
import {clipPreprocessing} from '../../data/clip-preprocess.js';
import type {RenderRequest} from '../../detection/kind.js';
import type {Clip} from '../../models/clip.js';
import {readPreprocessorConfig} from '../../models/preprocessor-config.js';
import {sampleSeed} from '../../synthesis/sample-seed.js';
import {fillTemplate, joinRows} from '../clip-features.js';
import {checkAborted, type RunContext} from '../run-context.js';

/** The table of a text encoder's token embeddings, under its name in Hugging Face's layout. */
const TABLE = 'text_model.embeddings.token_embedding.weight';

/** The tokens of a text alone. */
function tokensOf({tokenizer}: Clip, text: string): number[] {
  const {ids, lengths} = tokenizer.encode([text]);
  return Array.from(ids.subarray(1, lengths[0]! - 1), Number);
}

/** Where Dream-OOD's features live: the mean embedding (C, W) of each class name's tokens. */
export async function classTokenEmbeddings(run: RunContext): Promise<FloatTensor> {
  const {textEncoder} = await run.models.inpainter();
  const state = await textEncoder.state();
  const table = state.find(({name}) => name === TABLE)!.tensor as FloatTensor;
  const width = table.shape[1]!;
  const rows = (await run.data.classes()).map(({name}) => {
    const mean = new Float32Array(width);
    const tokens = tokensOf(textEncoder, name);
    for (const token of tokens) {
      for (let at = 0; at < width; at++) mean[at]! += table.data[token * width + at]! / tokens.length;
    }
    return mean;
  });
  return joinRows(rows, width);
}

/** The prompt with one placeholder in place of the class's name: a token that the prompt does not have. */
function placeholderPrompt(clip: Clip, template: string): {ids: Tensor<BigInt64Array>; token: number} {
  const [before = '', after = ''] = template.split('{}');
  const around = [tokensOf(clip, before), tokensOf(clip, after)] as const;
  const words = new Set(around.flat());
  let token = 0;
  while (words.has(token)) token++;
  const whole = clip.tokenizer.encode([fillTemplate(template, 'x')]);
  const [start, end] = [whole.ids[0]!, whole.ids[whole.lengths[0]! - 1]!];
  const text = [...around[0], token, ...around[1]].map(BigInt);
  const row = [start, ...text, end];
  // Padding is what the tokenizer puts behind a text.
  const ids = clip.tokenize([fillTemplate(template, 'x')]);
  const padding = ids.data[ids.data.length - 1]!;
  ids.data.fill(padding);
  ids.data.set(row.slice(0, ids.data.length));
  return {ids, token};
}

function rgbImages({data, shape}: FloatTensor): RgbImage[] {
  const [count, , height, width] = shape as [number, number, number, number];
  const area = height * width;
  return Array.from({length: count}, (_, image) => {
    const pixels = new Uint8Array(area * 3);
    for (let channel = 0; channel < 3; channel++) {
      for (let at = 0; at < area; at++) {
        const value = data[(image * 3 + channel) * area + at]!;
        pixels[at * 3 + channel] = Math.round(Math.min(1, Math.max(0, (value + 1) / 2)) * 255);
      }
    }
    return {data: pixels, width, height};
  });
}

/** Renders prompts whose class has another embedding, whole images from noise, and reads them with the classifier. */
export async function renderOutliers(run: RunContext, request: RenderRequest): Promise<FloatTensor> {
  const {embeddings, template} = request;
  const {synthesize, seed, engine: engineOptions} = run.config;
  const engine = await run.models.engine();
  const inpainter = await run.models.inpainter();
  const classifier = await run.models.classifier();
  const preprocessing =
    (await readPreprocessorConfig(run.models.folder('classifier'))) ?? clipPreprocessing();
  const {textEncoder} = inpainter;
  const {ids, token} = placeholderPrompt(textEncoder, template);
  const negative = await textEncoder.textHiddenStates([synthesize.negativePrompt]);
  const side = synthesize.imageSize ?? inpainter.unet.config.sampleSize * inpainter.vae.scaleFactor;
  const [total, width] = embeddings.shape as [number, number];
  const batch = synthesize.batchSize;
  const parts: Float32Array[] = [];
  let features = 0;
  for (let at = 0; at < total; at += batch) {
    checkAborted(run);
    run.progress(at, total, 'Dream-OOD images');
    const count = Math.min(batch, total - at);
    const some = {data: embeddings.data.subarray(at * width, (at + count) * width), shape: [count, width]};
    const prompt = await engine.run(
      (native) => native.placeholderStates(textEncoder.native, ids, token, some),
      run.signal,
    );
    const repeated = Array.from({length: count}, () => negative.data);
    const made = await inpainter.inpaint({
      image: {data: new Float32Array(count * 3 * side * side), shape: [count, 3, side, side]},
      mask: {data: new Float32Array(count * side * side).fill(1), shape: [count, 1, side, side]},
      promptEmbeds: {
        prompt,
        negativePrompt: {data: joinRows(repeated, 1).data, shape: [count, ...negative.shape.slice(1)]},
      },
      strength: 1,
      guidanceScale: synthesize.guidanceScale,
      steps: synthesize.steps,
      seed: Array.from({length: count}, (_, row) => sampleSeed(seed, `dream-ood\0${at + row}`)),
      signal: run.signal,
    });
    const pixels = preprocessImages(rgbImages(made), preprocessing);
    const {data, shape} = await classifier.features(pixels, {
      batchSize: engineOptions.batchSize,
      signal: run.signal,
    });
    features = shape[1]!;
    parts.push(data);
  }
  return joinRows(parts, features);
}
