import {join} from 'node:path';
import {z} from 'zod';
import type {FloatTensor} from '../../binding/contract.js';
import {hashJson} from '../../data/files/canonical-hash.js';
import {readJson} from '../../data/files/json-file.js';
import {AutoencoderKl} from '../../models/autoencoder-kl.js';
import {Clip} from '../../models/clip.js';
import {modelFingerprint} from '../../models/model-fingerprint.js';
import {saveModel} from '../../models/save-model.js';
import {readSchedulerConfig} from '../../models/scheduler-config.js';
import {Unet} from '../../models/unet.js';
import {readUnetConfig} from '../../models/unet-config.js';
import {captionedImages, captionTensors} from '../samples/captions.js';
import {drawMask, masked, maskKinds, shrinkMask} from '../samples/masks.js';
import {imagesHash} from '../samples/images-hash.js';
import {pixelSource} from '../samples/pixels.js';
import {named, type SampleSource} from '../samples/source.js';
import {Trainer} from '../trainer.js';
import {squarePixels} from './autoencoder.js';
import {pairShape} from './clip-data.js';
import {at, expectOne, runFit, type TrainingJob, withTrained} from './job.js';
import {commonShape, count, path, trainerOptions} from './settings.js';

const schema = z.strictObject({
  ...commonShape({
    epochs: 10,
    batchSize: 16,
    optimizer: {kind: 'adamw', learningRate: 1e-5, weightDecay: 1e-2, warmupSteps: 100, maxGradientNorm: 1},
  }),
  model: path.describe('a Stable Diffusion folder: unet, vae, text_encoder, tokenizer, scheduler'),
  start: z
    .enum(['weights', 'scratch'])
    .default('weights')
    .describe("fine-tune the UNet's weights, or draw fresh ones"),
  ...pairShape,
  size: count.default(512).describe('pixels of a side that the images are brought to'),
  unconditionalShare: z
    .number()
    .min(0)
    .lt(1)
    .default(0.1)
    .describe('of the samples that see the empty prompt, for classifier-free guidance'),
  snrGamma: z
    .number()
    .min(0)
    .default(0)
    .describe('Min-SNR weighting of timesteps (Hang et al., 2023), usually 5; 0: all weigh the same'),
  masks: z
    .array(z.enum(maskKinds))
    .min(1)
    .default(['full', 'box', 'boxes'])
    .describe('drawn anew each time an image is seen; for a UNet of 9 channels'),
});

/** Bytes as numbers in [-1, 1]. */
const signed = (bytes: Uint8Array): Float32Array => Float32Array.from(bytes, (byte) => byte / 127.5 - 1);

/** The posterior's mean, scaled: the first half of the moments' channels. */
async function latentsOf(
  vae: AutoencoderKl,
  pixels: FloatTensor,
  signal?: AbortSignal,
): Promise<FloatTensor> {
  const {data, shape} = await vae.encode(pixels, {batchSize: 8, signal});
  const [samples, channels, height, width] = shape as [number, number, number, number];
  const half = (channels / 2) * height * width;
  const means = new Float32Array(samples * half);
  const {scalingFactor} = vae.config;
  for (let n = 0; n < samples; n++)
    for (let i = 0; i < half; i++) means[n * half + i] = data[n * 2 * half + i]! * scalingFactor;
  return {data: means, shape: [samples, channels / 2, height, width]};
}

interface Encoding {
  vae: AutoencoderKl;
  size: number;
  /** of the masks; undefined for a UNet without them */
  seed?: number;
  masks: z.output<typeof schema>['masks'];
}

/** Latents (and masks, and latents of what they leave) of a source of pixels, encoded when they are read. */
function latentSource(pixels: SampleSource, {vae, size, seed, masks}: Encoding): SampleSource {
  const area = 3 * size * size;
  const small = size / vae.scaleFactor;
  const numbersOf = async (samples: readonly number[], epoch: number, signal?: AbortSignal) => {
    const all = pixels.whole ?? (await pixels.read(samples, epoch, signal));
    const rows = pixels.whole ? samples : [...samples.keys()];
    const bytes = all.find(({name}) => name === 'pixels')!.tensor.data as Uint8Array;
    const numbers = new Float32Array(samples.length * area);
    rows.forEach((row, at) => numbers.set(signed(bytes.subarray(row * area, (row + 1) * area)), at * area));
    return numbers;
  };
  return {
    count: pixels.count,
    async read(samples, epoch, signal) {
      const numbers = await numbersOf(samples, epoch, signal);
      const shape = [samples.length, 3, size, size];
      const latents = await latentsOf(vae, {data: numbers, shape}, signal);
      if (seed === undefined) return named({latents});
      const left = new Float32Array(numbers.length);
      const mask = new Float32Array(samples.length * small * small);
      samples.forEach((sample, at) => {
        const own = drawMask(`${seed}\0mask\0${epoch}\0${sample}`, size, masks);
        left.set(masked(numbers.subarray(at * area, (at + 1) * area), own), at * area);
        mask.set(shrinkMask(own, size, vae.scaleFactor), at * small * small);
      });
      const maskedLatents = await latentsOf(vae, {data: left, shape}, signal);
      return named({
        latents,
        masked_latents: maskedLatents,
        mask: {data: mask, shape: [samples.length, 1, small, small]},
      });
    },
  };
}

export const denoiser: TrainingJob<z.output<typeof schema>> = {
  name: 'denoiser',
  about: "a diffusion model's UNet, also for inpainting (unet/)",
  schema,
  example: {
    out: 'runs/unet',
    model: 'stable-diffusion-2-inpainting',
    pairs: 'pairs.jsonl',
    size: 512,
    batchSize: 4,
    accumulation: 2,
    emaDecay: 0.9999,
  },
  async run(settings, context) {
    const {engine, signal, onPrepare} = context;
    const {pairs, images, templates, size, start, seed} = settings;
    expectOne({pairs, images});
    const folder = at(context, settings.model);
    const unetFolder = join(folder, 'unet');
    using unet =
      start === 'weights'
        ? await Unet.load(engine, unetFolder)
        : await Unet.create(engine, await readUnetConfig(unetFolder), seed);
    using vae = await AutoencoderKl.load(engine, join(folder, 'vae'));
    using text = await Clip.load(engine, join(folder, 'text_encoder'), {
      tokenizer: join(folder, 'tokenizer'),
    });
    const found = await captionedImages(
      pairs === undefined ? {images: at(context, images!), templates} : {pairs: at(context, pairs)},
    );
    const {
      source: pixels,
      kept,
      leftOut,
    } = await pixelSource(found.paths, {
      preprocessing: squarePixels(size),
      beside: () => [],
      memory: context.pixelMemory,
      signal,
      onPrepare,
    });
    const captions = kept.map((row) => [found.captions[row]![row % found.captions[row]!.length]!]);
    const inpainting = unet.config.inChannels > unet.config.outChannels;
    const latents = latentSource(pixels, {
      vae,
      size,
      seed: inpainting ? seed : undefined,
      masks: settings.masks,
    });
    const empty = text.tokenize(['']);
    // As long as the empty prompt: a step may put that in a caption's place.
    const ids = captionTensors(captions, text.tokenizer, true);
    const source: SampleSource = {
      count: latents.count,
      read: async (samples, epoch, stop) => [...(await latents.read(samples, epoch, stop)), ...ids(samples)],
    };
    using trainer = await Trainer.denoiser(engine, unet, text, {
      ...trainerOptions(settings, source.count),
      scheduler: await readSchedulerConfig(join(folder, 'scheduler')),
      unconditionalShare: settings.unconditionalShare,
      snrGamma: settings.snrGamma,
      emptyIds: Array.from(empty.data, Number),
    });
    const inputs = {
      data: hashJson({captions, images: await imagesHash(found.paths, signal), leftOut: leftOut.length}),
      model: await modelFingerprint(folder),
    };
    const plan = {training: 'denoiser', name: 'denoiser', trainer, source, settings, inputs};
    const fitted = await runFit(plan, context);
    const out = at(context, settings.out);
    const config = (await readJson(join(unetFolder, 'config.json'), 'ERR_MODEL_FORMAT')) as object;
    const state = withTrained(await unet.state(), await trainer.result());
    await saveModel(join(out, 'unet'), config, state, 'diffusion_pytorch_model');
    return {
      out,
      files: ['unet/', 'denoiser.jsonl'],
      trainings: {denoiser: fitted},
      leftOut: [...found.leftOut, ...leftOut],
    };
  },
};
