import {existsSync} from 'node:fs';
import {join} from 'node:path';
import {fileURLToPath} from 'node:url';
import {runToEnd} from './child.js';
import type {Operation} from './row.js';

/** The best that this machine was seen to do in this run: operations, or bytes read and written for 'copy', a second. */
export type Peaks = Record<Operation, number>;

const root = fileURLToPath(new URL('../../../', import.meta.url));

/** native/bench/peaks.cpp, if it has been built. */
export function peaksProgram(): string | undefined {
  return ['cpu', 'cuda']
    .flatMap((device) =>
      ['Release', '.'].map((kind) => join(root, 'build-cmake', device, kind, 'synood_peaks')),
    )
    .find((path) => existsSync(path));
}

export async function measurePeaks(options: {
  device: string;
  dtype: string;
  threads: number;
}): Promise<Peaks | null> {
  const program = peaksProgram();
  if (!program) return null;
  const args = [options.device, options.dtype, String(options.threads)];
  return JSON.parse(await runToEnd(program, args)) as Peaks;
}
