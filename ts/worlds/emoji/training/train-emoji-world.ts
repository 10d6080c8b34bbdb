import {cp, mkdir} from 'node:fs/promises';
import {join} from 'node:path';
import type {NamedTensor} from '../../../binding/contract.js';
import {writeFileAtomic} from '../../../data/files/atomic-file.js';
import type {Engine} from '../../../models/engine.js';
import {saveModel} from '../../../models/save-model.js';
import {loadTokenizer} from '../../../models/tokenizer.js';
import {emojiAsset} from '../assets.js';
import {Drawings} from '../drawings.js';
import {classNames} from '../vocabulary.js';
import * as configs from './model-configs.js';
import type {TrainingContext} from './stage.js';
import {trainAutoencoder} from './train-autoencoder.js';
import {trainClassifier} from './train-classifier.js';
import {trainClip} from './train-clip.js';
import {trainDenoiser} from './train-denoiser.js';

export interface TrainingSteps {
  autoencoder: number;
  clip: number;
  classifier: number;
  denoiser: number;
}

/** What the committed weights were trained with, see docs/emoji-world.md. */
export const defaultSteps: TrainingSteps = {autoencoder: 2000, clip: 5100, classifier: 1536, denoiser: 10400};

const tokenizerFiles = [
  'tokenizer.json',
  'tokenizer_config.json',
  'vocab.json',
  'merges.txt',
  'special_tokens_map.json',
];

async function copyTokenizer(to: string): Promise<void> {
  await mkdir(to, {recursive: true});
  for (const file of tokenizerFiles) await cp(emojiAsset('tokenizer', file), join(to, file));
}

const writeJson = (path: string, value: object): Promise<void> =>
  writeFileAtomic(path, `${JSON.stringify(value, null, 2)}\n`);

/**
 * Trains Emoji World's four models and writes them as transformers and diffusers folders: `clip`, `classifier` and
 * `inpainter` below `folder`. Goes on from the checkpoints of an interrupted training.
 */
export async function trainEmojiWorld(
  context: TrainingContext,
  engine: Engine,
  folder: string,
  steps: TrainingSteps = defaultSteps,
): Promise<void> {
  const drawings = await Drawings.load();
  const tokenizer = await loadTokenizer(emojiAsset('tokenizer'));

  const classifier = await trainClassifier(context, engine, drawings, steps.classifier);
  await saveModel(
    join(folder, 'classifier'),
    configs.classifierConfig(classNames),
    await classifier.state(),
    'model',
    'F16',
  );
  await writeJson(
    join(folder, 'classifier', 'preprocessor_config.json'),
    configs.classifierPreprocessorConfig,
  );

  const {vae, scalingFactor} = await trainAutoencoder(context, engine, drawings, steps.autoencoder);
  const inpainter = join(folder, 'inpainter');
  await saveModel(
    join(inpainter, 'vae'),
    configs.autoencoderConfig(scalingFactor),
    await vae.state(),
    'diffusion_pytorch_model',
    'F16',
  );

  const clip = await trainClip(context, engine, drawings, tokenizer, steps.clip);
  const clipState = await clip.state();
  await saveModel(join(folder, 'clip'), configs.clipConfig(tokenizer), clipState, 'model', 'F16');
  await writeJson(join(folder, 'clip', 'preprocessor_config.json'), configs.clipPreprocessorConfig);
  await copyTokenizer(join(folder, 'clip'));

  const unet = await trainDenoiser(context, engine, {vae, scalingFactor, clip, drawings}, steps.denoiser);
  await saveModel(join(inpainter, 'unet'), configs.unetConfig, unet, 'diffusion_pytorch_model', 'F16');
  await saveModel(
    join(inpainter, 'text_encoder'),
    configs.textEncoderConfig(tokenizer),
    textTower(clipState),
    'model',
    'F16',
  );
  await mkdir(join(inpainter, 'scheduler'), {recursive: true});
  await writeJson(join(inpainter, 'scheduler', 'scheduler_config.json'), configs.schedulerConfig);
  await copyTokenizer(join(inpainter, 'tokenizer'));
  await writeJson(join(inpainter, 'model_index.json'), configs.modelIndex);
}

const textTower = (state: NamedTensor[]): NamedTensor[] =>
  state.filter(({name}) => name.startsWith('text_model.'));
