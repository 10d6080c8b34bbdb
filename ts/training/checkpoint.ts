import {existsSync} from 'node:fs';
import {mkdir} from 'node:fs/promises';
import {dirname} from 'node:path';
import type {NamedTensor} from '../binding/contract.js';
import {SynoodError} from '../binding/errors.js';
import {readSafetensors, writeSafetensors} from '../models/weights/safetensors.js';
import type {Trainer} from './trainer.js';

/** What a checkpoint belongs to: a training may only go on from its own. */
export interface CheckpointOwner {
  /** 'projection', 'clip', ... */
  training: string;
  /** a hash of all that its bytes depend on */
  identity: string;
}

/**
 * Writes all that a trainer needs to go on with the same bytes: whole or not at all, so that the one before it stays when
 * the disk is full.
 *
 * @throws SynoodError ERR_IO naming the file
 */
export async function saveCheckpoint(
  path: string,
  trainer: Trainer,
  owner?: CheckpointOwner,
  extra: NamedTensor[] = [],
): Promise<void> {
  await mkdir(dirname(path), {recursive: true});
  const state = [...(await trainer.state()), ...extra];
  const tensors = Object.fromEntries(state.map(({name, tensor}) => [name, tensor]));
  await writeSafetensors(path, tensors, {steps: String(await trainer.stepsDone()), ...owner});
}

/** The steps that a checkpoint has done, without loading it into anything. */
function stepsOf(path: string, metadata: Record<string, string>): number {
  const steps = Number(metadata['steps']);
  if (Number.isSafeInteger(steps) && steps >= 0) return steps;
  throw new SynoodError(
    'ERR_MODEL_FORMAT',
    `${path} is no checkpoint of a training: it does not say how many steps were done. Delete it to begin anew.`,
  );
}

function checkOwner(path: string, metadata: Record<string, string>, owner: CheckpointOwner): void {
  if (metadata['training'] !== owner.training) {
    throw new SynoodError(
      'ERR_CONFIG',
      `${path} is a checkpoint of "${metadata['training'] ?? 'another program'}", expected one of "${owner.training}". Choose another "out" folder.`,
    );
  }
  if (metadata['identity'] !== owner.identity) {
    throw new SynoodError(
      'ERR_CONFIG',
      `${path} was made with another configuration, model or data. Choose another "out" folder, or delete the checkpoint to begin anew.`,
    );
  }
}

/**
 * @returns the steps that were done; 0 when there is no checkpoint
 * @throws SynoodError ERR_CONFIG for a checkpoint of another training; ERR_MODEL_FORMAT or ERR_SHAPE for one of another model
 */
export async function loadCheckpoint(
  path: string,
  trainer: Trainer,
  owner?: CheckpointOwner,
): Promise<number> {
  if (!existsSync(path)) return 0;
  const {tensors, metadata} = await readSafetensors(path);
  const steps = stepsOf(path, metadata);
  if (owner) checkOwner(path, metadata, owner);
  const state = Object.entries(tensors).map(([name, tensor]) => ({name, tensor}));
  await trainer.loadState(state, steps);
  return steps;
}
