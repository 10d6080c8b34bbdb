import {findLibtorch, pinnedVersion, type FindOptions, type LibtorchStatus} from '#libtorch';
import {SynoodError} from '../errors.js';

export type {FindOptions, LibtorchStatus};

/**
 * Where LibTorch is and which one, or what is missing and the command that mends it. Downloads nothing and
 * never throws, so that `synood inspect` can always answer.
 */
export function inspectLibtorch(options: FindOptions = {}): LibtorchStatus {
  return findLibtorch(options);
}

/**
 * Finds the LibTorch to open.
 *
 * @param options  `path` looks there and nowhere else; `version` is the one that the native core was built against
 * @returns a status with `found: true`; `path` is a folder with lib/ and include/
 * @throws SynoodError ERR_LIBTORCH naming what was looked for and the command to run
 */
export function requireLibtorch(options: FindOptions = {}): LibtorchStatus {
  const status = findLibtorch(options);
  if (status.found) return status;
  const wanted = options.version ?? pinnedVersion;
  const reasons = status.missing.map((line) => `\n  - ${line}`).join('');
  throw new SynoodError(
    'ERR_LIBTORCH',
    `LibTorch ${wanted} was not found:${reasons}\nRun: ${status.command}`,
  );
}
