import {writeFileSync} from 'node:fs';
import {join} from 'node:path';
import test from 'ava';
import type {SynoodError} from '../../ts/binding/errors.js';
import {clipPreprocessing} from '../../ts/data/clip-preprocess.js';
import {parsePreprocessorConfig, readPreprocessorConfig} from '../../ts/models/preprocessor-config.js';
import {temporaryFolder} from '../support/folder.js';

test('CLIP: the old form with numbers and the new one with objects mean the same', (t) => {
  const old = {feature_extractor_type: 'CLIPFeatureExtractor', size: 224, crop_size: 224, resample: 3};
  const recent = {
    image_processor_type: 'CLIPImageProcessorFast',
    size: {shortest_edge: 224},
    crop_size: {height: 224, width: 224},
    rescale_factor: 0.00392156862745098,
  };
  t.deepEqual(parsePreprocessorConfig(old), clipPreprocessing());
  t.deepEqual(parsePreprocessorConfig(recent), clipPreprocessing());
});

test('ConvNext resizes to size / crop_pct and crops, or squashes from 384 pixels', (t) => {
  const resnet = {
    feature_extractor_type: 'ConvNextFeatureExtractor',
    size: 224,
    crop_pct: 0.875,
    resample: 3,
  };
  t.like(parsePreprocessorConfig(resnet), {
    resize: {shortestEdge: 256},
    crop: {width: 224, height: 224},
    filter: 'bicubic',
  });
  const large = parsePreprocessorConfig({image_processor_type: 'ConvNextImageProcessor'});
  t.deepEqual(large.resize, {width: 384, height: 384});
  t.is(large.crop, undefined);
});

test('ViT squashes; steps that are switched off are not done', (t) => {
  const vit = parsePreprocessorConfig({image_processor_type: 'ViTImageProcessor', size: 224, resample: 2});
  t.deepEqual(vit.resize, {width: 224, height: 224});
  t.is(vit.filter, 'bilinear');
  const bare = parsePreprocessorConfig({do_resize: false, do_center_crop: false, do_normalize: false});
  t.deepEqual(bare, {filter: 'bicubic', scale: 1 / 255, mean: [0, 0, 0], std: [1, 1, 1]});
});

test('what is not computed is named', (t) => {
  for (const [config, message] of [
    [{image_processor_type: 'SamImageProcessor'}, /"SamImageProcessor"; supported: "CLIPImageProcessor"/],
    [{resample: 0}, /resample is 0; supported: 1, 2, 3/],
    [{image_std: [1, 1]}, /"image_std"/],
  ] as const) {
    const error = t.throws(() => parsePreprocessorConfig(config)) as SynoodError | undefined;
    t.is(error?.code, 'ERR_MODEL_FORMAT');
    t.regex(error?.message ?? '', message);
  }
});

test('a newer folder keeps it in processor_config.json; a folder without gives undefined', async (t) => {
  const folder = temporaryFolder(t);
  t.is(await readPreprocessorConfig(folder), undefined);
  const processor = {
    image_processor: {image_processor_type: 'CLIPImageProcessor', size: {shortest_edge: 56}},
  };
  writeFileSync(join(folder, 'processor_config.json'), JSON.stringify(processor));
  t.deepEqual((await readPreprocessorConfig(folder))?.resize, {shortestEdge: 56});
});
