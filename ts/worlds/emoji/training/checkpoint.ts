import {existsSync} from 'node:fs';
import {mkdir} from 'node:fs/promises';
import {dirname} from 'node:path';
import type {NamedTensor} from '../../../binding/contract.js';
import {readSafetensors, writeSafetensors} from '../../../models/weights/safetensors.js';
import type {Trainer} from '../../../training/trainer.js';

/** Writes all that a trainer needs to go on with the same bytes; `extra` are the model's buffers. */
export async function saveCheckpoint(
  path: string,
  trainer: Trainer,
  extra: NamedTensor[] = [],
): Promise<void> {
  await mkdir(dirname(path), {recursive: true});
  const state = [...(await trainer.state()), ...extra];
  const tensors = Object.fromEntries(state.map(({name, tensor}) => [name, tensor]));
  await writeSafetensors(path, tensors, {steps: String(await trainer.stepsDone())});
}

/** @returns the steps that were done; 0 when there is no checkpoint */
export async function loadCheckpoint(path: string, trainer: Trainer): Promise<number> {
  if (!existsSync(path)) return 0;
  const {tensors, metadata} = await readSafetensors(path);
  const steps = Number(metadata['steps']);
  await trainer.loadState(
    Object.entries(tensors).map(([name, tensor]) => ({name, tensor})),
    steps,
  );
  return steps;
}
