import {accessSync, constants} from 'node:fs';
import {cpus, freemem, release, totalmem} from 'node:os';
import {delimiter, join} from 'node:path';
import {packageVersion} from '../version.js';
import {outputOf} from './probe.js';

const MINIMUM_NODE = [20, 19] as const;

export interface Machine {
  synood: string;
  node: {version: string; supported: boolean; needed: string};
  platform: {os: string; release: string; arch: string; cpu: string; threads: number};
  /** bytes */
  memory: {total: number; free: number};
}

export function machine(): Machine {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
  const supported = major > MINIMUM_NODE[0] || (major === MINIMUM_NODE[0] && minor >= MINIMUM_NODE[1]);
  const processors = cpus();
  return {
    synood: packageVersion(),
    node: {version: process.versions.node, supported, needed: `>=${MINIMUM_NODE.join('.')}`},
    platform: {
      os: process.platform,
      release: release(),
      arch: process.arch,
      cpu: processors[0]?.model.trim() ?? '',
      threads: processors.length,
    },
    memory: {total: totalmem(), free: freemem()},
  };
}

/** The first of these programs that is on PATH. */
export function onPath(...programs: string[]): string | undefined {
  const folders = (process.env['PATH'] ?? '').split(delimiter).filter(Boolean);
  for (const program of programs) {
    for (const folder of folders) {
      const path = join(folder, program);
      try {
        accessSync(path, constants.X_OK);
        return path;
      } catch {
        // the next one
      }
    }
  }
  return undefined;
}

export interface GraphicsCard {
  name: string;
  driver: string;
  /** MiB */
  memory: number;
}

/** What the NVIDIA driver's own program tells; empty without one. */
export async function graphicsCards(): Promise<GraphicsCard[]> {
  const query = '--query-gpu=name,driver_version,memory.total';
  const text = await outputOf('nvidia-smi', [query, '--format=csv,noheader,nounits']);
  return text
    .split('\n')
    .filter(Boolean)
    .map((line) => {
      const [name = '', driver = '', memory = '0'] = line.split(', ');
      return {name, driver, memory: Number(memory)};
    });
}
