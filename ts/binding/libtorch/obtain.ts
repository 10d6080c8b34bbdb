import {obtainLibtorch, type LibtorchStatus, type ObtainOptions} from '#libtorch';
import {messageOf, SynoodError} from '../errors.js';

export type {ObtainOptions};

/**
 * Finds LibTorch or brings it into the cache folder: official archive, then `pip download`. Resumes a download
 * that was cut off; two processes at once do the work once.
 *
 * @param options  `log` is told each step
 * @throws SynoodError ERR_LIBTORCH naming all that was tried and the commands that mend it
 */
export async function pullLibtorch(options: ObtainOptions = {}): Promise<LibtorchStatus> {
  try {
    return await obtainLibtorch(options);
  } catch (error) {
    throw new SynoodError('ERR_LIBTORCH', messageOf(error), {cause: error});
  }
}
