/** Which LibTorch this package is made for, and where the official ones are. */
import {arch, platform} from 'node:process';

/** The version that `pull` obtains and that prebuilt binaries are made against. */
export const pinnedVersion = '2.13.0';

/** The core can be built from source against any of these (LibTorch's C++ ABI changes with each). */
export const supportedMinors = ['2.11', '2.12', '2.13'];

/** @param {string} version */
export const isSupported = (version) => supportedMinors.includes(version.split('.').slice(0, 2).join('.'));

/** SHA-256 of official archives. One that is not listed is still checked by its zip's own checksums. */
const checksums = {
  'libtorch-shared-with-deps-2.13.0+cpu.zip':
    'edbf4cbed78433d803e90a65f1752e57783d164bce66c95c0872b2ab8f5c159e',
  'libtorch-shared-with-deps-2.13.0+cu130.zip':
    '945c5a3d946a28b387ad9dc9fddda7ba03e35fae1375b84ebff15df789436f82',
};

/**
 * The official archive for this platform, or undefined where there is none (Linux on Arm has only wheels).
 *
 * @param {string} version
 * @param {string} variant cpu, cu126, cu130, ...
 * @param {string} [base] a mirror of download.pytorch.org
 * @returns {{name: string, url: string, sha256?: string} | undefined}
 */
export function officialArchive(version, variant, base = 'https://download.pytorch.org') {
  const name =
    platform === 'linux' && arch === 'x64'
      ? `libtorch-shared-with-deps-${version}+${variant}.zip`
      : platform === 'darwin' && arch === 'arm64' && variant === 'cpu'
        ? `libtorch-macos-arm64-${version}.zip`
        : undefined;
  if (!name) return undefined;
  const url = `${base.replace(/\/$/, '')}/libtorch/${variant}/${encodeURIComponent(name)}`;
  return {name, url, sha256: checksums[/** @type {keyof typeof checksums} */ (name)]};
}
