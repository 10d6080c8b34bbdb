/** Where a LibTorch was found, and what it is. */
export interface LibtorchStatus {
  found: boolean;
  /** A folder with lib/ and include/; '' when nothing was found. */
  path: string;
  /** Such as 2.13.0. */
  version: string;
  /** cpu, or the CUDA it was built for, such as cu130. */
  variant: string;
  source: 'option' | 'environment' | 'cache' | 'python' | '';
  /** What is wrong or was looked for in vain, in words; empty when found. */
  missing: string[];
  /** The command that mends it; '' when found. */
  command: string;
}

export interface FindOptions {
  /** Look here and nowhere else. */
  path?: string;
  /** Which variant to take when both kinds are there. */
  prefer?: 'cpu' | 'cuda';
  /** The only version that will do: the one that the native core was built against. */
  version?: string;
}

export interface ObtainOptions {
  log?: (message: string) => void;
  version?: string;
  /** cpu, cu126, cu130, ... */
  variant?: string;
  /** Obtain the pinned one even if another was found on this machine. */
  force?: boolean;
}

/** The version that `pull` obtains and that prebuilt binaries are made against. */
export const pinnedVersion: string;
export const supportedMinors: readonly string[];
export function isSupported(version: string): boolean;
/** The folder that holds one folder `<version>-<cpu|cuXXX>` for each LibTorch. */
export function cacheFolder(): string;
/** Looks on this machine: option, SYNOOD_LIBTORCH, cache folder, installed Python torch. Downloads nothing. */
export function findLibtorch(options?: FindOptions): LibtorchStatus;
/**
 * Finds LibTorch, or brings it into the cache folder: official archive, then pip.
 * @throws Error that names all that was tried and the commands that mend it
 */
export function obtainLibtorch(options?: ObtainOptions): Promise<LibtorchStatus>;
