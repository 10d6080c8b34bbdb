/** node dist/bench/harness/make-model.js <kind> <folder> <seed>: random weights beside the folder's config.json. */
import {readFile} from 'node:fs/promises';
import {join} from 'node:path';
import {AutoencoderKl} from '../../ts/models/autoencoder-kl.js';
import {parseAutoencoderKlConfig} from '../../ts/models/autoencoder-kl-config.js';
import {Classifier} from '../../ts/models/classifier.js';
import {Clip} from '../../ts/models/clip.js';
import {parseClipConfig} from '../../ts/models/clip-config.js';
import {Engine} from '../../ts/models/engine.js';
import type {Model} from '../../ts/models/model.js';
import type {NativeModel} from '../../ts/binding/contract.js';
import {parseResnetConfig} from '../../ts/models/resnet-config.js';
import {saveModel} from '../../ts/models/save-model.js';
import {Unet} from '../../ts/models/unet.js';
import {parseUnetConfig} from '../../ts/models/unet-config.js';
import type {ModelKind} from './workspace.js';

type Make = (engine: Engine, config: object, seed: number) => Promise<Model<NativeModel>>;

const makers: Record<ModelKind, {make: Make; stem: 'model' | 'diffusion_pytorch_model'}> = {
  unet: {
    make: (engine, config, seed) => Unet.create(engine, parseUnetConfig(config), seed),
    stem: 'diffusion_pytorch_model',
  },
  'autoencoder-kl': {
    make: (engine, config, seed) => AutoencoderKl.create(engine, parseAutoencoderKlConfig(config), seed),
    stem: 'diffusion_pytorch_model',
  },
  clip: {make: (engine, config, seed) => Clip.create(engine, parseClipConfig(config), seed), stem: 'model'},
  resnet: {
    make: (engine, config, seed) => Classifier.create(engine, parseResnetConfig(config), seed),
    stem: 'model',
  },
};

const [kind, folder, seed] = process.argv.slice(2) as [ModelKind, string, string];
const config = JSON.parse(await readFile(join(folder, 'config.json'), 'utf8')) as object;
await using engine = await Engine.open({device: 'cpu'});
const {make, stem} = makers[kind];
using model = await make(engine, config, Number(seed));
await saveModel(folder, config, await model.state(), stem);
