import type {EngineCore} from '../engine/engine-core.js';
import {AutoencoderKl, type AutoencoderKlLoadOptions} from './autoencoder-kl.js';
import {AutoencoderTiny} from './autoencoder-tiny.js';
import {readConfig, unsupported} from './config-file.js';

/** What stands between pixels and latents. */
export type Autoencoder = AutoencoderKl | AutoencoderTiny;

/** The autoencoder of a folder; its config.json says of which class. @throws SynoodError ERR_MODEL_FORMAT */
export async function loadAutoencoder(
  engine: EngineCore,
  folder: string,
  options: AutoencoderKlLoadOptions = {},
): Promise<Autoencoder> {
  const {json, file} = await readConfig(folder, 'config.json');
  const className = (json as {_class_name?: unknown} | null)?._class_name;
  if (className === 'AutoencoderTiny') return AutoencoderTiny.load(engine, folder, options);
  if (className === undefined || className === 'AutoencoderKL') {
    return AutoencoderKl.load(engine, folder, options);
  }
  throw unsupported(file, '_class_name', className, ['AutoencoderKL', 'AutoencoderTiny']);
}
