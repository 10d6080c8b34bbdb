import {dirname} from 'node:path';
import {findLibtorch} from '#libtorch';
import {addonPath, coreLibraries} from '../binding/addon.js';
import {SynoodError} from '../binding/errors.js';
import {readBuildInfo} from '../binding/libtorch/build-info.js';
import {type FindOptions, requireLibtorch} from '../binding/libtorch/find.js';

/** The two libraries behind synood.node. */
export interface NativeLibraries {
  /** a folder with lib/ and include/ */
  libtorch: string;
  /** libsynood_core-*.so, built for that LibTorch */
  core: string;
}

// A process has room for one LibTorch: what needs no device of its own takes the one that is open.
let opened: NativeLibraries | undefined;

/**
 * Finds LibTorch and the core library for a device.
 *
 * @param options.device    default: the one of the libraries that are open already, or 'auto'
 * @param options.libtorch  a folder, instead of looking for it
 * @throws SynoodError ERR_LIBTORCH or ERR_DEVICE with the command that mends it
 */
export function locateLibraries(options: {device?: string; libtorch?: string} = {}): NativeLibraries {
  if (opened && options.device === undefined && options.libtorch === undefined) return opened;
  const device = options.device ?? (process.env['SYNOOD_DEVICE'] || 'auto');
  const cores = coreLibraries();
  const wantsCuda = device !== 'cpu' && device !== 'meta' && cores.cuda !== undefined;
  const where = {path: options.libtorch, version: readBuildInfo(dirname(addonPath()))?.libtorch.version};
  const libtorch = wantsCuda ? cudaOrCpuLibtorch(where, device) : requireLibtorch({...where, prefer: 'cpu'});
  const core = libtorch.variant === 'cpu' ? cores.cpu : (cores.cuda ?? cores.cpu);
  if (core === undefined) {
    throw new SynoodError(
      'ERR_LIBTORCH',
      `LibTorch ${libtorch.version} (${libtorch.variant}) is in ${libtorch.path}, but no core library was built for it. Run: npm run build:native`,
    );
  }
  // OpenMP's threads spin for milliseconds while they wait, unless told before LibTorch is opened: beside anything else
  // that runs, a call then takes several times as long, and the event loop waits for its core. Threads that sleep at
  // once are late for the next of many small operations, a third of the time of a small model: so they spin briefly.
  if (process.env['OMP_WAIT_POLICY'] === undefined) {
    process.env['OMP_WAIT_POLICY'] = 'PASSIVE';
    process.env['GOMP_SPINCOUNT'] ??= '1000';
  }
  opened = {libtorch: libtorch.path, core};
  return opened;
}

function cudaOrCpuLibtorch(where: FindOptions, device: string) {
  const cuda = findLibtorch({...where, prefer: 'cuda'});
  if (cuda.found && cuda.variant !== 'cpu') return cuda;
  if (device === 'auto') return requireLibtorch({...where, prefer: 'cpu'});
  throw new SynoodError(
    'ERR_DEVICE',
    `Device '${device}' was asked for, but no CUDA LibTorch was found. Point SYNOOD_LIBTORCH at one, or see: synood inspect`,
  );
}
