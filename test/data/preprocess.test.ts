import test from 'ava';
import type {SynoodError} from '../../ts/binding/errors.js';
import {decodeImage} from '../../ts/data/image.js';
import {
  type ImagePreprocessing,
  preprocessForDiffusion,
  preprocessImages,
  preprocessMask,
} from '../../ts/data/preprocess.js';
import {resize} from '../../ts/data/resize.js';
import {IMAGENET_V2_PREPROCESSING, readPreprocessorConfig} from '../../ts/models/preprocessor-config.js';
import {goldenTensors, maxDifference} from '../support/golden.js';
import {fixture} from '../support/paths.js';

const pictures = ['wide', 'tall', 'small', 'alpha', 'grey'];
const decoded = (name: string) => decodeImage(fixture('preprocess', `${name}.png`));
const batch = ({data, shape}: {data: Float32Array; shape: number[]}) => ({data, shape: shape.slice(1)});

for (const name of pictures) {
  test(`${name}: decoded and resized to the very bytes of Pillow`, async (t) => {
    const golden = await goldenTensors('preprocess');
    const image = await decoded(name);
    const shape = [image.height, image.width, 3];
    t.is(maxDifference({data: image.data, shape}, golden(`${name}/rgb`)), 0);
    for (const filter of ['bilinear', 'bicubic', 'lanczos'] as const) {
      const {data} = resize(image, 48, 40, filter);
      t.is(maxDifference({data, shape: [40, 48, 3]}, golden(`${name}/squash-${filter}`)), 0, filter);
    }
  });

  test(`${name}: the values of the reference image processors`, async (t) => {
    const golden = await goldenTensors('preprocess');
    const image = await decoded(name);
    const clip = (await readPreprocessorConfig(fixture('preprocess', 'clip')))!;
    const convnext = (await readPreprocessorConfig(fixture('preprocess', 'convnext')))!;
    const imagenet: ImagePreprocessing = {
      ...IMAGENET_V2_PREPROCESSING,
      resize: {shortestEdge: 58},
      crop: {width: 56, height: 56},
    };
    for (const [what, options] of [
      ['clip', clip],
      ['openai', {...clip, cropOffset: 'round'}],
      ['convnext', convnext],
      ['imagenet', imagenet],
    ] as const) {
      const difference = maxDifference(batch(preprocessImages([image], options)), golden(`${name}/${what}`));
      t.true(difference < 1e-6, `${what}: ${difference}`);
    }
  });
}

test('the image and mask of an inpainting call are those of diffusers', async (t) => {
  const golden = await goldenTensors('preprocess');
  const image = preprocessForDiffusion([await decoded('wide')], 40, 32);
  t.true(maxDifference(batch(image), golden('inpaint/image')) < 1e-6);
  t.is(maxDifference(batch(preprocessMask(await decoded('mask'), 40, 32)), golden('inpaint/mask')), 0);
});

test('a batch is its images one after the other', async (t) => {
  const clip = (await readPreprocessorConfig(fixture('preprocess', 'clip')))!;
  const images = await Promise.all(pictures.map(decoded));
  const {data, shape} = preprocessImages(images, clip);
  t.deepEqual(shape, [5, 3, 56, 56]);
  const third = preprocessImages([images[2]!], clip).data;
  t.deepEqual(data.slice(2 * third.length, 3 * third.length), third);
  t.deepEqual(preprocessImages([], clip).shape, [0, 3, 0, 0]);
});

test('a crop larger than the image is filled with black around it', (t) => {
  const image = {data: new Uint8Array([255, 255, 255]), width: 1, height: 1};
  const options = {
    filter: 'bicubic',
    crop: {width: 4, height: 3},
    scale: 1 / 255,
    mean: [0, 0, 0],
    std: [1, 1, 1],
  } as const;
  const {data} = preprocessImages([image], {...options, mean: [0, 0, 0], std: [1, 1, 1]});
  // transformers pads ceil(3 / 2) columns and ceil(2 / 2) rows before the image.
  t.deepEqual([...data.slice(0, 12)], [0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0]);
});

test('images of different sizes are no batch', async (t) => {
  const images = [await decoded('wide'), await decoded('tall')];
  const options = {filter: 'bicubic', scale: 1, mean: [0, 0, 0], std: [1, 1, 1]} as const;
  const error = t.throws(() => preprocessImages(images, {...options, mean: [0, 0, 0], std: [1, 1, 1]}));
  t.is((error as SynoodError).code, 'ERR_SHAPE');
  t.regex(error.message, /57 x 81/);
});
