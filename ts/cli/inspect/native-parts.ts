import {dirname} from 'node:path';
import {addonPath, coreLibraries, loadAddon} from '../../binding/addon.js';
import {messageOf} from '../../binding/errors.js';
import {readBuildInfo, type BuildInfo} from '../../binding/libtorch/build-info.js';
import {inspectLibtorch, type LibtorchStatus} from '../../binding/libtorch/find.js';

export interface NativeParts {
  addon: {path: string | null; loads: boolean; error?: string};
  cores: {cpu: string | null; cuda: string | null};
  /** what the core was built against; null for a build that left no note of it */
  build: BuildInfo | null;
  libtorch: LibtorchStatus;
}

function attempt<T>(read: () => T): {value?: T; error?: string} {
  try {
    return {value: read()};
  } catch (thrown) {
    return {error: messageOf(thrown)};
  }
}

/** synood.node, the core libraries beside it, LibTorch. Never throws. */
export function nativeParts(device: string): NativeParts {
  const path = attempt(addonPath);
  const loaded = attempt(loadAddon);
  const cores = attempt(coreLibraries).value ?? {};
  const build = path.value === undefined ? {} : attempt(() => readBuildInfo(dirname(path.value!)));
  const prefer = device !== 'cpu' && cores.cuda !== undefined ? 'cuda' : 'cpu';
  return {
    addon: {path: path.value ?? null, loads: loaded.value !== undefined, error: path.error ?? loaded.error},
    cores: {cpu: cores.cpu ?? null, cuda: cores.cuda ?? null},
    build: build.value ?? null,
    libtorch: inspectLibtorch({prefer, version: build.value?.libtorch.version}),
  };
}
