import {mkdirSync} from 'node:fs';
import {join} from 'node:path';
import sharp from 'sharp';
import {writeSafetensors} from '../../ts/models/weights/safetensors.js';
import {tinyModels} from './tiny-models.js';

/** Flat pictures of three colours, a folder for each. */
export async function pictures(folder: string): Promise<string> {
  const root = join(folder, 'images');
  for (const [at, name] of ['red_thing', 'green_thing', 'blue_thing'].entries()) {
    mkdirSync(join(root, name), {recursive: true});
    for (let n = 0; n < 4; n++) {
      const value = (channel: number) => (channel === at ? 160 + 20 * n : 20 * n);
      const background = {r: value(0), g: value(1), b: value(2)};
      await sharp({create: {width: 40, height: 36, channels: 3, background}})
        .png()
        .toFile(join(root, name, `${n}.png`));
    }
  }
  return root;
}

/** Features, labels and label features that mean nothing: three classes, four negative labels. */
export async function headFile(folder: string, count = 60): Promise<string> {
  const width = 12;
  const wave = (length: number, step: number) =>
    Float32Array.from({length}, (_, at) => Math.sin(step * (at + 1) ** 1.3));
  const file = join(folder, 'features.safetensors');
  await writeSafetensors(file, {
    features: {data: wave(count * width, 0.7), shape: [count, width]},
    labels: {data: BigInt64Array.from({length: count}, (_, at) => BigInt(at % 7)), shape: [count]},
    labelFeatures: {data: wave(7 * width, 1.1), shape: [7, width]},
  });
  return file;
}

/** Data for every training in a folder, and a configuration of each that takes no time. */
export async function trainingConfigs(folder: string): Promise<Record<string, object>> {
  const {clip, inpainter, classifier} = await tinyModels();
  await pictures(folder);
  await headFile(folder);
  const images = 'images';
  const heads = {features: 'features.safetensors', classes: 3};
  return {
    projection: heads,
    labels: heads,
    joint: heads,
    clip: {
      clip,
      images,
      templates: ['a photo of a {}', 'the {}'],
      train: {lastBlocks: 1},
      emaDecay: 0.9,
      augmentation: {minimumShare: 0.8, flip: true, jitter: 0.1},
    },
    clipn: {clip, images},
    lsn: {clip, images, contextLength: 3, contexts: 2, positive: {epochs: 1}},
    classifier: {model: classifier, start: 'scratch', images, augmentation: {flip: true}},
    autoencoder: {model: join(inpainter, 'vae'), images, size: 32},
    denoiser: {model: inpainter, images, size: 32, accumulation: 2},
  };
}
