import {createHash} from 'node:crypto';
import {existsSync} from 'node:fs';
import {cp, mkdir, mkdtemp, rename, rm, writeFile} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {dirname, join} from 'node:path';
import {AutoencoderKl} from '../../ts/models/autoencoder-kl.js';
import {parseAutoencoderKlConfig} from '../../ts/models/autoencoder-kl-config.js';
import {Classifier} from '../../ts/models/classifier.js';
import {Clip} from '../../ts/models/clip.js';
import {parseClipConfig} from '../../ts/models/clip-config.js';
import {Engine} from '../../ts/models/engine.js';
import {parseResnetConfig} from '../../ts/models/resnet-config.js';
import {saveModel} from '../../ts/models/save-model.js';
import {loadTokenizer} from '../../ts/models/tokenizer.js';
import {Unet} from '../../ts/models/unet.js';
import {parseUnetConfig} from '../../ts/models/unet-config.js';
import {emojiAsset} from '../../ts/worlds/emoji/assets.js';
import * as configs from '../../ts/worlds/emoji/training/model-configs.js';

/** Folders of models with random weights. */
export interface TinyModels {
  clip: string;
  inpainter: string;
  classifier: string;
}

/** Emoji World's architectures, on images of 32x32 and with fewer channels: enough to run every stage in seconds. */
const SIDE = 32;
const LABELS = ['one', 'two', 'three', 'four', 'five', 'six'];

const vae = {...configs.autoencoderConfig(0.5), sample_size: SIDE, block_out_channels: [16, 16, 32]};
const unet = {...configs.unetConfig, sample_size: SIDE / 4, block_out_channels: [32, 32]};
const classifier = {
  ...configs.classifierConfig(LABELS),
  embedding_size: 16,
  hidden_sizes: [16, 32],
  depths: [1, 1],
};
const clipPreprocessor = {
  ...configs.clipPreprocessorConfig,
  size: {shortest_edge: SIDE},
  crop_size: {height: SIDE, width: SIDE},
};
const classifierPreprocessor = {...configs.classifierPreprocessorConfig, size: {shortest_edge: SIDE}};

const paths = (root: string): TinyModels => ({
  clip: join(root, 'clip'),
  inpainter: join(root, 'inpainter'),
  classifier: join(root, 'classifier'),
});

async function write(root: string): Promise<void> {
  await using engine = await Engine.open({device: 'cpu', threads: 1});
  const tokenizerFolder = emojiAsset('tokenizer');
  const tokenizer = await loadTokenizer(tokenizerFolder);
  const {clip, inpainter, classifier: classifierFolder} = paths(root);
  const json = async (path: string, value: object) => {
    await mkdir(dirname(path), {recursive: true});
    await writeFile(path, JSON.stringify(value));
  };
  const clipConfig = configs.clipConfig(tokenizer);
  clipConfig.vision_config.image_size = SIDE;
  const clipModel = await Clip.create(engine, parseClipConfig(clipConfig), 1);
  const state = await clipModel.state();
  await saveModel(clip, clipConfig, state, 'model');
  await json(join(clip, 'preprocessor_config.json'), clipPreprocessor);
  await cp(tokenizerFolder, clip, {recursive: true});

  const text = state.filter(({name}) => name.startsWith('text_model.'));
  await saveModel(join(inpainter, 'text_encoder'), configs.textEncoderConfig(tokenizer), text, 'model');
  await cp(tokenizerFolder, join(inpainter, 'tokenizer'), {recursive: true});
  const vaeModel = await AutoencoderKl.create(engine, parseAutoencoderKlConfig(vae), 2);
  await saveModel(join(inpainter, 'vae'), vae, await vaeModel.state(), 'diffusion_pytorch_model');
  const unetModel = await Unet.create(engine, parseUnetConfig(unet), 3);
  await saveModel(join(inpainter, 'unet'), unet, await unetModel.state(), 'diffusion_pytorch_model');
  await json(join(inpainter, 'scheduler', 'scheduler_config.json'), configs.schedulerConfig);
  await json(join(inpainter, 'model_index.json'), configs.modelIndex);

  const classifierModel = await Classifier.create(engine, parseResnetConfig(classifier), 4);
  await saveModel(classifierFolder, classifier, await classifierModel.state(), 'model');
  await json(join(classifierFolder, 'preprocessor_config.json'), classifierPreprocessor);
}

/** Written once for each kind of architecture and kept among the machine's temporary files. */
export async function tinyModels(): Promise<TinyModels> {
  const kind = JSON.stringify([
    vae,
    unet,
    classifier,
    clipPreprocessor,
    configs.unetConfig,
    configs.clipConfig.toString(),
  ]);
  const key = createHash('sha256').update(kind).digest('hex').slice(0, 12);
  const root = join(tmpdir(), `synood-tiny-models-${key}`);
  if (existsSync(root)) return paths(root);
  const beside = await mkdtemp(`${root}-`);
  try {
    await write(beside);
    await rename(beside, root);
  } catch (error) {
    await rm(beside, {recursive: true, force: true});
    // Another test process may have been quicker.
    if (!existsSync(root)) throw error;
  }
  return paths(root);
}
