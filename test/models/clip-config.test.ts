import {readFileSync} from 'node:fs';
import test from 'ava';
import type {SynoodError} from '../../ts/binding/errors.js';
import {parseClipConfig, readClipConfig, requireTower} from '../../ts/models/clip-config.js';
import {readOpenClipConfig} from '../../ts/models/open-clip-config.js';
import {fixture} from '../support/paths.js';

test('a whole model: the top-level projection_dim overrides the towers', async (t) => {
  const config = await readClipConfig(fixture('clip', 'gelu'));
  t.is(config.text?.projectionDim, 24);
  t.is(config.vision?.projectionDim, 24);
  t.like(config.text, {
    hiddenSize: 32,
    intermediateSize: 37,
    numHiddenLayers: 5,
    eosTokenId: 7,
    hiddenAct: 'gelu',
  });
  t.like(config.vision, {imageSize: 56, patchSize: 14, numChannels: 3, layerNormEps: 1e-5});
});

for (const [folder, text, vision] of [
  ['gelu-text', 0, undefined],
  ['quick_gelu-text-projection', 24, undefined],
  ['quick_gelu-vision-projection', undefined, 24],
] as const) {
  test(`one tower: ${folder}`, async (t) => {
    const config = await readClipConfig(fixture('clip', folder));
    t.is(config.text?.projectionDim, text);
    t.is(config.vision?.projectionDim, vision);
    const error = t.throws(() => requireTower(config, text === undefined ? 'text' : 'vision', folder));
    t.regex(error.message, new RegExp(folder));
  });
}

test('absent keys have the defaults of transformers', (t) => {
  const {text, vision, logitScaleInit} = parseClipConfig({model_type: 'clip'});
  t.like(text, {
    hiddenSize: 512,
    intermediateSize: 2048,
    numAttentionHeads: 8,
    vocabSize: 49408,
    eosTokenId: 49407,
  });
  t.like(vision, {
    hiddenSize: 768,
    intermediateSize: 3072,
    patchSize: 32,
    imageSize: 224,
    projectionDim: 512,
  });
  t.is(logitScaleInit, 2.6592);
});

test('an old file that states a tower twice: the *_config_dict counts', (t) => {
  const config = parseClipConfig({
    model_type: 'clip',
    projection_dim: 768,
    text_config: {hidden_size: 512, intermediate_size: 4096},
    text_config_dict: {hidden_size: 768, num_attention_heads: 12},
    vision_config: {patch_size: 16},
    vision_config_dict: null,
  });
  t.like(config.text, {hiddenSize: 768, numAttentionHeads: 12, intermediateSize: 2048, projectionDim: 768});
  t.is(config.vision?.patchSize, 16);
});

test('what is not computed is named', (t) => {
  const cases: [unknown, RegExp][] = [
    [{model_type: 'siglip'}, /model_type is "siglip"; supported: "clip"/],
    [{}, /"model_type"/],
    [
      {model_type: 'clip', text_config: {hidden_act: 'relu'}},
      /\(text_config\): hidden_act is "relu"; supported: "quick_gelu", "gelu"/,
    ],
    [
      {model_type: 'clip_text_model', hidden_size: 30},
      /hidden_size 30 is not divisible by num_attention_heads 8/,
    ],
    [{model_type: 'clip', vision_config: {image_size: [224, 336]}}, /image_size/],
    [{model_type: 'clip', vision_config: {num_hidden_layers: -1}}, /"num_hidden_layers"/],
  ];
  for (const [config, message] of cases) {
    const error = t.throws(() => parseClipConfig(config)) as SynoodError | undefined;
    t.is(error?.code, 'ERR_MODEL_FORMAT');
    t.regex(error?.message ?? '', message);
  }
});

test('an OpenCLIP file says the same as the Hugging Face file of the same model', async (t) => {
  const open = await readOpenClipConfig(fixture('clip', 'open_clip'));
  const json = JSON.parse(readFileSync(fixture('clip', 'quick_gelu', 'config.json'), 'utf8')) as object;
  const {text, vision} = parseClipConfig(json);
  t.deepEqual(open.vision, vision);
  t.deepEqual({...open.text, eosTokenId: 0}, {...text, eosTokenId: 0});
  t.is(open.text?.eosTokenId, 2);
});
