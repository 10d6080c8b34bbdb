import {mkdir} from 'node:fs/promises';
import {join} from 'node:path';
import type {NamedTensor} from '../binding/contract.js';
import {writeFileAtomic} from '../data/files/atomic-file.js';
import {writeSafetensors} from './weights/safetensors.js';

/**
 * Writes a model folder that transformers or diffusers can load: config.json and one safetensors file.
 *
 * @param config  the config.json of the model's own library
 * @param stem    'model' (transformers) or 'diffusion_pytorch_model' (diffusers)
 */
export async function saveModel(
  folder: string,
  config: object,
  state: NamedTensor[],
  stem: 'model' | 'diffusion_pytorch_model',
  dtype: 'F32' | 'F16' = 'F32',
): Promise<void> {
  await mkdir(folder, {recursive: true});
  const tensors = Object.fromEntries(state.map(({name, tensor}) => [name, tensor]));
  await writeSafetensors(join(folder, `${stem}.safetensors`), tensors, {format: 'pt'}, {dtype});
  await writeFileAtomic(join(folder, 'config.json'), `${JSON.stringify(config, null, 2)}\n`);
}
