import {readFileSync} from 'node:fs';
import {writeFile} from 'node:fs/promises';
import {join} from 'node:path';
import test, {type ExecutionContext} from 'ava';
import type {SynoodError} from '../../ts/binding/errors.js';
import {
  parseAutoencoderKlConfig,
  readAutoencoderKlConfig,
  vaeScaleFactor,
} from '../../ts/models/autoencoder-kl-config.js';
import {
  parseAutoencoderTinyConfig,
  readAutoencoderTinyConfig,
} from '../../ts/models/autoencoder-tiny-config.js';
import {parseModelIndex, readModelIndex} from '../../ts/models/model-index.js';
import {parseResnetConfig, readResnetConfig} from '../../ts/models/resnet-config.js';
import {parseSchedulerConfig, readSchedulerConfig} from '../../ts/models/scheduler-config.js';
import {parseUnetConfig, readUnetConfig} from '../../ts/models/unet-config.js';
import {temporaryFolder} from '../support/folder.js';
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
    () => parseUnetConfig({...xl, addition_embed_type: 'image'}, 'xl/config.json'),
    /xl\/config\.json does not have the expected form: "addition_embed_type"/,
  );
  refuses(
    t,
    () => parseUnetConfig({...xl, addition_time_embed_dim: null}),
    /"text_time" needs addition_time_embed_dim/,
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

test('UNet: what Stable Diffusion XL and distilled models take beside the text', async (t) => {
  t.like(await readUnetConfig(fixture('unet', 'xl-9ch')), {
    additionEmbedType: 'text_time',
    additionTimeEmbedDim: 8,
    projectionClassEmbeddingsInputDim: 80,
    transformerLayersPerBlock: [1, 2],
  });
  t.is((await readUnetConfig(fixture('unet', 'lcm-4ch'))).timeCondProjDim, 16);
  t.false('additionEmbedType' in (await readUnetConfig(fixture('unet', 'sd1-4ch'))));
});

test('tiny autoencoder: stages of each side, and what is not computed', async (t) => {
  const config = await readAutoencoderTinyConfig(fixture('vae', 'tiny'));
  t.deepEqual(config.numEncoderBlocks, [1, 2, 1]);
  t.deepEqual(config.decoderBlockOutChannels, [12, 12, 12]);
  t.is(parseAutoencoderTinyConfig({}).numDecoderBlocks.length, 4);
  refuses(t, () => parseAutoencoderTinyConfig({upsample_fn: 'bilinear'}), /upsample_fn is "bilinear"/);
  refuses(
    t,
    () => parseAutoencoderTinyConfig({num_decoder_blocks: [1, 1]}),
    /encoder_block_out_channels has 4 items, num_decoder_blocks 2/,
  );
  refuses(
    t,
    () => parseAutoencoderTinyConfig({encoder_block_out_channels: [64, 32, 64, 64]}),
    /one number for all stages/,
  );
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
  refuses(t, () => parseAutoencoderKlConfig({latents_mean: [0]}), /latents_mean and latents_std belong/);
  refuses(
    t,
    () => parseAutoencoderKlConfig({latents_mean: [0], latents_std: [1]}),
    /latents_mean has 1 items; expected one for each of 4/,
  );
  t.true(parseAutoencoderKlConfig({}).forceUpcast);
  t.false(parseAutoencoderKlConfig({force_upcast: false}).forceUpcast);
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
    () => parseSchedulerConfig({_class_name: 'HeunDiscreteScheduler'}),
    /"HeunDiscreteScheduler"; supported: "DDIM/,
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

interface SchedulerCase {
  name: string;
  config: Record<string, unknown>;
  resolved: Record<string, unknown>;
}

test("scheduler: each class's own defaults are diffusers'", (t) => {
  const cases = json('schedulers', 'grid', 'cases.json') as unknown as SchedulerCase[];
  t.true(cases.length > 150);
  for (const {name, config, resolved} of cases) {
    const parsed: Record<string, unknown> = {...parseSchedulerConfig(config)};
    for (const [key, value] of Object.entries(resolved)) {
      const camel = key.replace(/_(.)/g, (_, letter: string) => letter.toUpperCase());
      // Words of a class that this one does not know are left at what changes nothing.
      if (!(camel in parsed) || (key === 'use_karras_sigmas' && value === null)) continue;
      t.deepEqual(parsed[camel], value === '-Infinity' ? -Infinity : value, `${name}: ${key}`);
    }
  }
});

test('scheduler: what a file only repeats, or another class wrote, means nothing', (t) => {
  const file = {
    _class_name: 'PNDMScheduler',
    timestep_spacing: 'leading',
    steps_offset: 1,
    skip_prk_steps: true,
    _use_default_values: ['timestep_spacing'],
  };
  const options = {className: 'EulerDiscreteScheduler'};
  t.like(parseSchedulerConfig(file, undefined, options), {timestepSpacing: 'linspace', stepsOffset: 1});
  const clipped = {_class_name: 'EulerDiscreteScheduler', clip_sample: true, solver_type: 'logrho'};
  t.like(parseSchedulerConfig(clipped), {clipSample: false, solverType: 'midpoint'});
  t.is(parseSchedulerConfig({...clipped, _class_name: 'UniPCMultistepScheduler'}).solverType, 'bh2');
  refuses(
    t,
    () => parseSchedulerConfig({_class_name: 'DPMSolverMultistepScheduler', algorithm_type: 'dpmsolver'}),
    /algorithm_type is "dpmsolver"; supported: "dpmsolver\+\+"/,
  );
  refuses(
    t,
    () => parseSchedulerConfig({_class_name: 'EulerDiscreteScheduler', use_beta_sigmas: true}),
    /use_beta_sigmas is true/,
  );
});

test("scheduler: Python's infinity is read", async (t) => {
  const folder = temporaryFolder(t);
  const text = '{"_class_name": "DPMSolverMultistepScheduler", "lambda_min_clipped": -Infinity}';
  await writeFile(join(folder, 'scheduler_config.json'), text);
  t.is((await readSchedulerConfig(folder)).lambdaMinClipped, -Infinity);
  await writeFile(join(folder, 'scheduler_config.json'), text.slice(0, -1));
  const error = await t.throwsAsync(readSchedulerConfig(folder));
  t.regex(error?.message ?? '', /not valid JSON/);
});

test('pipeline index: components by name', async (t) => {
  const {className, family, components} = await readModelIndex(fixture('inpaint', 'pipeline-9ch'));
  t.is(className, 'StableDiffusionInpaintPipeline');
  t.is(family, 'sd');
  t.deepEqual(components['unet'], {library: 'diffusers', className: 'UNet2DConditionModel'});
  t.false('safety_checker' in components);
  const {unet: _, ...without} = json('inpaint', 'pipeline-9ch', 'model_index.json');
  refuses(t, () => parseModelIndex(without), /component "unet" is missing/);
  refuses(
    t,
    () => parseModelIndex({...without, _class_name: 'FluxPipeline'}),
    /"FluxPipeline"; supported: "StableDiffusionInpaint/,
  );
  const xl = {
    ...json('inpaint', 'pipeline-9ch', 'model_index.json'),
    _class_name: 'StableDiffusionXLPipeline',
  };
  refuses(t, () => parseModelIndex(xl), /component "text_encoder_2" is missing/);
});
