import {existsSync} from 'node:fs';
import {createRequire} from 'node:module';
import {dirname, join} from 'node:path';
import {fileURLToPath} from 'node:url';
import type {NativeAddon} from './contract.js';
import {messageOf, SynoodError} from './errors.js';

const require = createRequire(import.meta.url);

/** The package's root: this file lies in dist/ts/binding. */
export const packageRoot = fileURLToPath(new URL('../../../', import.meta.url));

const REBUILD = 'npm run build:native';

/**
 * Where synood.node is: SYNOOD_ADDON, a build of this checkout, or the prebuilt one of this platform.
 *
 * @throws SynoodError ERR_LIBTORCH naming the command that builds it
 */
export function addonPath(): string {
  const override = process.env['SYNOOD_ADDON'];
  if (override) return override;
  try {
    return (require('node-gyp-build') as {path(root: string): string}).path(packageRoot);
  } catch (error) {
    throw new SynoodError(
      'ERR_LIBTORCH',
      `Expected synood.node for ${process.platform}-${process.arch} in build/Release or prebuilds/, found none. Run: ${REBUILD}`,
      {cause: error},
    );
  }
}

/** Loads synood.node. It links no LibTorch, so this works on any machine of its platform. */
export function loadAddon(): NativeAddon {
  const path = addonPath();
  try {
    return require(path) as NativeAddon;
  } catch (error) {
    throw new SynoodError(
      'ERR_LIBTORCH',
      `Could not load ${path} (${process.platform}-${process.arch}): ${messageOf(error)}. Run: ${REBUILD}`,
      {cause: error},
    );
  }
}

/** The core libraries beside the addon, by what they were built for. */
export function coreLibraries(): {cpu?: string; cuda?: string} {
  const folder = dirname(addonPath());
  const file = (variant: string) => {
    const path = join(folder, `libsynood_core-${variant}.so`);
    return existsSync(path) ? path : undefined;
  };
  return {cpu: file('cpu'), cuda: file('cuda')};
}
