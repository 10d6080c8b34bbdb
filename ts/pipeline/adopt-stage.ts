import {constants, existsSync} from 'node:fs';
import {cp, rename, rm} from 'node:fs/promises';
import {messageOf, SynoodError} from '../binding/errors.js';
import type {RunContext} from './run-context.js';
import {RunDirectory, type StageRecord} from './run-directory.js';
import type {Stage} from './stage.js';

/** A copy that shares its blocks with the original where the file system can do that. */
async function take(from: string, to: string): Promise<void> {
  const beside = `${to}.adopted.part`;
  await rm(beside, {recursive: true, force: true});
  await rm(to, {recursive: true, force: true});
  if (!existsSync(from)) return;
  await cp(from, beside, {recursive: true, mode: constants.COPYFILE_FICLONE});
  await rename(beside, to);
}

/**
 * Takes a stage's outputs from another run directory where the same stage was done with the same inputs.
 *
 * @returns what run.json says of the stage then, or undefined if there is none such
 * @throws SynoodError ERR_IO if the files cannot be copied
 */
export async function adoptStage(
  {directory, siblings = []}: RunContext,
  {name, portable}: Stage,
  inputHash: string,
): Promise<StageRecord | undefined> {
  if (!portable) return undefined;
  for (const sibling of siblings) {
    if (!existsSync(sibling) || sibling === directory.path) continue;
    // One without a run.json, or with a damaged one, has nothing to give.
    const other = await RunDirectory.look(sibling).catch(() => undefined);
    if (!other?.isDone(name, inputHash)) continue;
    try {
      for (const part of portable) await take(other.file(part), directory.file(part));
    } catch (error) {
      throw new SynoodError(
        'ERR_IO',
        `Cannot take what stage "${name}" made from ${sibling}: ${messageOf(error)}`,
        {cause: error},
      );
    }
    const {status: _, inputHash: __, outputs, finishedAt: ___, ...details} = other.record.stages[name]!;
    await directory.markDone(name, inputHash, {outputs, details});
    return directory.record.stages[name];
  }
  return undefined;
}
