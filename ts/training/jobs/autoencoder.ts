import {join} from 'node:path';
import {z} from 'zod';
import {SynoodError} from '../../binding/errors.js';
import {readJson} from '../../data/files/json-file.js';
import {listImageFolder} from '../../data/image-folder.js';
import type {ImagePreprocessing} from '../../data/preprocess.js';
import {AutoencoderKl} from '../../models/autoencoder-kl.js';
import {parseAutoencoderKlConfig} from '../../models/autoencoder-kl-config.js';
import {modelFingerprint} from '../../models/model-fingerprint.js';
import {saveModel} from '../../models/save-model.js';
import {imagesHash} from '../samples/images-hash.js';
import {pixelSource} from '../samples/pixels.js';
import {Trainer} from '../trainer.js';
import {at, runFit, type TrainingJob, withTrained} from './job.js';
import {augmentationSchema, commonShape, count, path, trainerOptions} from './settings.js';

const schema = z.strictObject({
  ...commonShape({
    epochs: 20,
    batchSize: 12,
    optimizer: {kind: 'adamw', learningRate: 1e-4, warmupSteps: 50, maxGradientNorm: 1},
  }),
  model: path.describe('an AutoencoderKL folder'),
  start: z
    .enum(['weights', 'scratch'])
    .default('weights')
    .describe('fine-tune its weights, or draw fresh ones'),
  images: path.describe('a folder of images'),
  size: count.default(256).describe('pixels of a side that the images are brought to'),
  augmentation: augmentationSchema,
  klWeight: z.number().min(0).default(1e-6),
  mseWeight: z.number().min(0).default(1).describe('of the squared error beside the absolute one'),
});

/** The shorter side to the size, the centre cut out, in [-1, 1]. */
export const squarePixels = (size: number): ImagePreprocessing => ({
  resize: {shortestEdge: size},
  filter: 'bicubic',
  crop: {width: size, height: size},
  scale: 1 / 255,
  mean: [0.5, 0.5, 0.5],
  std: [0.5, 0.5, 0.5],
});

export const autoencoder: TrainingJob<z.output<typeof schema>> = {
  name: 'autoencoder',
  about: 'an AutoencoderKL: reconstruction and a little KL (model/)',
  schema,
  example: {out: 'runs/vae', model: 'stable-diffusion/vae', images: 'images', size: 256, epochs: 10},
  async run(settings, context) {
    const folder = at(context, settings.model);
    const config = (await readJson(join(folder, 'config.json'), 'ERR_MODEL_FORMAT')) as object;
    const {engine, signal, onPrepare} = context;
    using vae =
      settings.start === 'weights'
        ? await AutoencoderKl.load(engine, folder)
        : await AutoencoderKl.create(engine, parseAutoencoderKlConfig(config), settings.seed);
    if (settings.size % vae.scaleFactor !== 0) {
      throw new SynoodError(
        'ERR_CONFIG',
        `Expected "size" to be a multiple of ${vae.scaleFactor}, what this autoencoder divides by, got ${settings.size}.`,
      );
    }
    const {items, skipped} = await listImageFolder(at(context, settings.images));
    const files = items.map(({path: file}) => file);
    const {source, leftOut} = await pixelSource(files, {
      preprocessing: squarePixels(settings.size),
      beside: () => [],
      memory: context.pixelMemory,
      signal,
      onPrepare,
    });
    const {augmentation, klWeight, mseWeight} = settings;
    const options = {...trainerOptions(settings, source.count), augmentation, klWeight, mseWeight};
    using trainer = await Trainer.autoencoder(engine, vae, options);
    const inputs = {data: await imagesHash(files, signal), model: await modelFingerprint(folder)};
    const plan = {training: 'autoencoder', name: 'autoencoder', trainer, source, settings, inputs};
    const fitted = await runFit(plan, context);
    const out = at(context, settings.out);
    const state = withTrained(await vae.state(), await trainer.result());
    await saveModel(join(out, 'model'), config, state, 'diffusion_pytorch_model');
    return {
      out,
      files: ['model/', 'autoencoder.jsonl'],
      trainings: {autoencoder: fitted},
      leftOut: [...skipped.map(({path: what, reason}) => ({what, reason})), ...leftOut],
    };
  },
};
