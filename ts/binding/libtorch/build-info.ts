import {readFileSync} from 'node:fs';
import {join} from 'node:path';
import {z} from 'zod';
import {messageOf, SynoodError} from '../errors.js';

const buildInfoSchema = z.object({
  device: z.enum(['cpu', 'cuda']),
  libtorch: z.object({version: z.string(), variant: z.string(), path: z.string().optional()}),
});

/** What the core library beside an addon was built for. `path` is there only in a checkout's own build. */
export type BuildInfo = z.infer<typeof buildInfoSchema>;

/**
 * Reads what scripts/cmake-build.mjs wrote beside synood.node. LibTorch's C++ ABI is per version, so a core opens
 * only with the version that it was built against: `requireLibtorch({version: info.libtorch.version})`.
 *
 * @param folder  the folder of synood.node
 * @returns undefined for a build by plain CMake, which writes no such file
 * @throws SynoodError ERR_CONFIG if the file is there and is not what it should be
 */
export function readBuildInfo(folder: string): BuildInfo | undefined {
  const path = join(folder, 'synood-build.json');
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
  try {
    return buildInfoSchema.parse(JSON.parse(text));
  } catch (error) {
    throw new SynoodError('ERR_CONFIG', `${path}: ${messageOf(error)}\nRun: npm run build:native`, {
      cause: error,
    });
  }
}
