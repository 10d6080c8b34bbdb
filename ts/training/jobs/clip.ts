import {cp} from 'node:fs/promises';
import {existsSync} from 'node:fs';
import {join} from 'node:path';
import {z} from 'zod';
import {readJson} from '../../data/files/json-file.js';
import {Clip} from '../../models/clip.js';
import type {ClipConfig} from '../../models/clip-config.js';
import {modelFingerprint} from '../../models/model-fingerprint.js';
import {saveModel} from '../../models/save-model.js';
import {Trainer} from '../trainer.js';
import {pairData, pairShape} from './clip-data.js';
import {at, type JobContext, runFit, type TrainingJob, withTrained} from './job.js';
import {augmentationSchema, commonShape, count, path, trainerOptions} from './settings.js';

const schema = z.strictObject({
  ...commonShape({
    epochs: 10,
    batchSize: 128,
    optimizer: {
      kind: 'adamw',
      learningRate: 1e-5,
      weightDecay: 0.1,
      betas: [0.9, 0.98],
      warmupSteps: 50,
      maxGradientNorm: 1,
      decayMatricesOnly: true,
    },
  }),
  clip: path.describe('a CLIP folder'),
  start: z
    .enum(['weights', 'scratch'])
    .default('weights')
    .describe('fine-tune its weights, or draw fresh ones'),
  train: z
    .enum(['all', 'image', 'text'])
    .or(z.strictObject({lastBlocks: count}))
    .default('all')
    .describe('everything, one tower, or the last blocks of both with their final norms and projections'),
  augmentation: augmentationSchema,
  ...pairShape,
});

const lastOf = (tower: string, layers: number, blocks: number): string[] =>
  Array.from({length: Math.min(blocks, layers)}, (_, at) => `${tower}.encoder.layers.${layers - 1 - at}.`);

/** Beginnings of the names of what is trained; empty: all. */
export function trainedNames(train: z.output<typeof schema>['train'], {text, vision}: ClipConfig): string[] {
  if (train === 'all') return [];
  if (train === 'image') return ['vision_model.', 'visual_projection.', 'logit_scale'];
  if (train === 'text') return ['text_model.', 'text_projection.', 'logit_scale'];
  return [
    ...lastOf('vision_model', vision!.numHiddenLayers, train.lastBlocks),
    ...lastOf('text_model', text!.numHiddenLayers, train.lastBlocks),
    'vision_model.post_layernorm.',
    'text_model.final_layer_norm.',
    'visual_projection.',
    'text_projection.',
    'logit_scale',
  ];
}

/** Everything of a CLIP folder but its weights and its configuration: tokenizer and preprocessor. */
const BESIDE = [
  'tokenizer.json',
  'tokenizer_config.json',
  'vocab.json',
  'merges.txt',
  'special_tokens_map.json',
  'preprocessor_config.json',
];

export async function copyBeside(from: string, to: string): Promise<void> {
  for (const file of BESIDE) if (existsSync(join(from, file))) await cp(join(from, file), join(to, file));
}

async function openClip(folder: string, start: 'weights' | 'scratch', seed: number, context: JobContext) {
  const clip = await Clip.load(context.engine, folder);
  if (start === 'weights') return clip;
  const parts = {tokenizer: clip.tokenizer, preprocessing: clip.preprocessing};
  const fresh = await Clip.create(context.engine, clip.config, seed, parts);
  clip.dispose();
  return fresh;
}

export const clip: TrainingJob<z.output<typeof schema>> = {
  name: 'clip',
  about: 'CLIP itself, from scratch or fine-tuned: symmetric InfoNCE over images and captions (model/)',
  schema,
  example: {
    out: 'runs/clip',
    clip: 'clip-vit-base-patch16',
    train: {lastBlocks: 2},
    pairs: 'pairs.jsonl',
    epochs: 5,
    augmentation: {minimumShare: 0.9, flip: true},
  },
  async run(settings, context) {
    const folder = at(context, settings.clip);
    using model = await openClip(folder, settings.start, settings.seed, context);
    const data = await pairData(settings, model, context);
    const {mean, std} = data.preprocessing;
    using trainer = await Trainer.contrastive(context.engine, model, {
      ...trainerOptions(settings, data.source.count),
      mean,
      std,
      augmentation: settings.augmentation,
      trained: trainedNames(settings.train, model.config),
    });
    const {source, fingerprint} = data;
    const inputs = {data: fingerprint, model: await modelFingerprint(folder)};
    const plan = {training: 'clip', name: 'clip', trainer, source, settings, inputs};
    const fitted = await runFit(plan, context);
    const out = at(context, settings.out);
    const config = (await readJson(join(folder, 'config.json'), 'ERR_MODEL_FORMAT')) as object;
    const state = withTrained(await model.state(), await trainer.result());
    await saveModel(join(out, 'model'), config, state, 'model');
    await copyBeside(folder, join(out, 'model'));
    return {out, files: ['model/', 'clip.jsonl'], trainings: {clip: fitted}, leftOut: data.leftOut};
  },
};
