import {readFileSync} from 'node:fs';
import test, {type ExecutionContext} from 'ava';
import type {SynoodError} from '../../ts/binding/errors.js';
import {
  parseAutoencoderKlConfig,
  readAutoencoderKlConfig,
  vaeScaleFactor,
} from '../../ts/models/autoencoder-kl-config.js';
import {parseModelIndex, readModelIndex} from '../../ts/models/model-index.js';
import {parseResnetConfig, readResnetConfig} from '../../ts/models/resnet-config.js';
import {parseSchedulerConfig, readSchedulerConfig} from '../../ts/models/scheduler-config.js';
import {parseUnetConfig, readUnetConfig} from '../../ts/models/unet-config.js';
import {fixture} from '../support/paths.js';

const json = (...parts: string[]) =>
  JSON.parse(readFileSync(fixture(...parts), 'utf8')) as Record<string, unknown>;

function refuses(t: ExecutionContext, parse: () => unknown, message: RegExp): void {
  const error = t.throws(parse) as SynoodError | undefined;
  t.is(error?.code, 'ERR_MODEL_FORMAT');
  t.regex(error?.message ?? '', message);
}

test('UNet: what diffusers wrote', async (t) => {
  const config = await readUnetConfig(fixture('unet', 'sd2-9ch'));
  t.is(config.inChannels, 9);
  t.deepEqual(config.blockOutChannels, [16, 16, 32]);
  t.deepEqual(config.numAttentionHeads, [2, 2, 4]);
  t.deepEqual(config.transformerLayersPerBlock, [1, 1, 1]);
  t.true(config.useLinearProjection);
  t.is(config.normNumGroups, 8);
});

test('UNet: an empty file means the defaults of diffusers, one head count stands for all blocks', (t) => {
  t.deepEqual(parseUnetConfig({}), {
    inChannels: 4,
    outChannels: 4,
    sampleSize: 64,
    blockOutChannels: [320, 640, 1280, 1280],
    downBlockTypes: ['CrossAttnDownBlock2D', 'CrossAttnDownBlock2D', 'CrossAttnDownBlock2D', 'DownBlock2D'],
    upBlockTypes: ['UpBlock2D', 'CrossAttnUpBlock2D', 'CrossAttnUpBlock2D', 'CrossAttnUpBlock2D'],
    layersPerBlock: 2,
    numAttentionHeads: [8, 8, 8, 8],
    transformerLayersPerBlock: [1, 1, 1, 1],
    crossAttentionDim: 1280,
    normNumGroups: 32,
    normEps: 1e-5,
    useLinearProjection: false,
    flipSinToCos: true,
    freqShift: 0,
  });
});

test('UNet: what is not computed is named, with what is', (t) => {
  const xl = json('unet', 'xl-9ch', 'config.json');
  refuses(
    t,
    () => parseUnetConfig(xl, 'xl/config.json'),
    /xl\/config\.json: addition_embed_type is "text_time"; supported: null/,
  );
  refuses(
    t,
    () => parseUnetConfig({_class_name: 'UNet3DConditionModel'}),
    /_class_name is "UNet3D.*"UNet2DConditionModel"/,
  );
  refuses(
    t,
    () => parseUnetConfig({down_block_types: ['AttnDownBlock2D', 'a', 'b', 'c']}),
    /"AttnDownBlock2D".*"CrossAttnDownBlock2D"/,
  );
  refuses(t, () => parseUnetConfig({attention_head_dim: [5, 10]}), /attention_head_dim has 2 items/);
  refuses(
    t,
    () => parseUnetConfig({block_out_channels: [100, 640, 1280, 1280]}),
    /100 is not divisible by norm_num_groups 32/,
  );
  refuses(t, () => parseUnetConfig({layers_per_block: [1, 2, 2, 2]}), /layers_per_block/);
  refuses(t, () => parseUnetConfig({in_channels: 'four'}), /"in_channels"/);
});

test('autoencoder: an absent or null scaling factor is 0.18215', async (t) => {
  const config = await readAutoencoderKlConfig(fixture('vae', 'four-block'));
  t.is(vaeScaleFactor(config), 8);
  t.is(parseAutoencoderKlConfig({block_out_channels: [32, 64]}).scalingFactor, 0.18215);
  t.is(parseAutoencoderKlConfig({scaling_factor: 0.13025}).scalingFactor, 0.13025);
  t.is(parseAutoencoderKlConfig({shift_factor: null}).shiftFactor, 0);
  refuses(
    t,
    () => parseAutoencoderKlConfig({use_quant_conv: false}),
    /use_quant_conv is false; supported: true/,
  );
  refuses(t, () => parseAutoencoderKlConfig({latents_mean: [0]}), /latents_mean/);
  refuses(t, () => parseAutoencoderKlConfig({up_block_types: ['AttnUpDecoderBlock2D']}), /UpDecoderBlock2D/);
});

test('ResNet: sizes and labels in the order of the logits', async (t) => {
  const config = await readResnetConfig(fixture('resnet', 'basic'));
  t.is(config.layerType, 'basic');
  t.deepEqual(config.hiddenSizes, [8, 16, 24]);
  t.deepEqual(config.labels.slice(0, 3), ['class 0', 'class 1', 'class 2']);
  t.is(config.numLabels, 10);
  const eleven = Object.fromEntries(Array.from({length: 11}, (_, i) => [String(i), `c${i}`]).sort());
  t.is(parseResnetConfig({id2label: eleven}).labels[10], 'c10');
  t.deepEqual(parseResnetConfig({}).labels, ['LABEL_0', 'LABEL_1']);
  refuses(t, () => parseResnetConfig({id2label: {0: 'a', 2: 'b'}}), /none for "1"/);
  refuses(t, () => parseResnetConfig({layer_type: 'wide'}), /"layer_type"/);
  refuses(t, () => parseResnetConfig({model_type: 'vit'}), /model_type is "vit"; supported: "resnet"/);
  refuses(t, () => parseResnetConfig({depths: [1]}), /depths has 1 items, hidden_sizes 4/);
});

test('ResNet: a timm folder takes its sizes from the weights', async (t) => {
  const {labels, ...timm} = await readResnetConfig(fixture('resnet', 'torchvision'));
  const {labels: own, ...transformers} = await readResnetConfig(fixture('resnet', 'bottleneck-torchvision'));
  t.deepEqual(timm, transformers);
  t.is(labels.length, own.length);
});

test('scheduler: an absent key means what its class means', async (t) => {
  const config = await readSchedulerConfig(fixture('inpaint', 'pipeline-9ch', 'scheduler'));
  t.like(config, {
    kind: 'ddim',
    timestepSpacing: 'leading',
    stepsOffset: 1,
    setAlphaToOne: false,
    clipSample: false,
  });
  t.like(parseSchedulerConfig({_class_name: 'DDIMScheduler'}), {
    setAlphaToOne: true,
    clipSample: true,
    betaSchedule: 'linear',
  });
  const pndm = {_class_name: 'PNDMScheduler', clip_sample: true, skip_prk_steps: true};
  t.like(parseSchedulerConfig(pndm), {
    kind: 'pndm',
    setAlphaToOne: false,
    clipSample: false,
    skipPrkSteps: true,
  });
  t.is(parseSchedulerConfig(pndm, undefined, {className: 'DDIMScheduler'}).kind, 'ddim');
  refuses(
    t,
    () => parseSchedulerConfig({_class_name: 'EulerDiscreteScheduler'}),
    /"EulerDiscreteScheduler"; supported: "DDIM/,
  );
  refuses(t, () => parseSchedulerConfig({}), /_class_name is nothing/);
  refuses(
    t,
    () => parseSchedulerConfig({_class_name: 'DDIMScheduler', thresholding: true}),
    /thresholding is true/,
  );
  refuses(
    t,
    () => parseSchedulerConfig({_class_name: 'DDIMScheduler', beta_schedule: 'cosine'}),
    /"beta_schedule"/,
  );
});

test('pipeline index: components by name', async (t) => {
  const {className, components} = await readModelIndex(fixture('inpaint', 'pipeline-9ch'));
  t.is(className, 'StableDiffusionInpaintPipeline');
  t.deepEqual(components['unet'], {library: 'diffusers', className: 'UNet2DConditionModel'});
  t.false('safety_checker' in components);
  const {unet: _, ...without} = json('inpaint', 'pipeline-9ch', 'model_index.json');
  refuses(t, () => parseModelIndex(without), /component "unet" is missing/);
  refuses(
    t,
    () => parseModelIndex({...without, _class_name: 'FluxPipeline'}),
    /"FluxPipeline"; supported: "StableDiffusionInpaint/,
  );
});
