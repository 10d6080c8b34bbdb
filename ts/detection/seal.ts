import {SynoodError} from '../binding/errors.js';
import {hashJson} from '../data/files/canonical-hash.js';

/** A description with its own hash, over everything else that it says, the hashes of the files beside it among them. */
export function sealed<T extends object>(description: T): T & {sha256: string} {
  return {...description, sha256: hashJson({...description, sha256: undefined})};
}

/**
 * Holds a description to its hash: one that was changed by hand or damaged is no description of what was tested.
 *
 * @throws SynoodError ERR_MODEL_FORMAT
 */
export function checkSeal(description: {sha256: string}, file: string): void {
  if (sealed(description).sha256 === description.sha256) return;
  throw new SynoodError(
    'ERR_MODEL_FORMAT',
    `${file} was changed after it was written: its content is not that of its "sha256". Take the detector from where it was made, or fit it again.`,
  );
}

/** @throws SynoodError ERR_MODEL_FORMAT if a file has another content than the description says */
export function checkContent(path: string, expected: string, found: string): void {
  if (expected === found) return;
  throw new SynoodError(
    'ERR_MODEL_FORMAT',
    `${path} is damaged or of another detector: expected SHA-256 ${expected.slice(0, 12)}…, found ${found.slice(0, 12)}…. Take the detector from where it was made, or fit it again.`,
  );
}
