import {existsSync} from 'node:fs';
import {fileURLToPath} from 'node:url';
import {Side} from './child.js';
import type {Row} from './row.js';

/** Our own side: bench/harness/ours.ts in a process of its own. */
export const ourSide = (): Side =>
  new Side('synood', process.execPath, [fileURLToPath(new URL('./ours.js', import.meta.url))]);

/**
 * The side of a row's peer: its script of bench/peers, run by Python or, if it is a program of ours, by Node.
 *
 * @throws Error if the script is not there
 */
export function peerSide(peer: NonNullable<Row['peer']>, python: string, threads: number): Side {
  const compiled = peer.script.endsWith('.js');
  const folder = compiled ? '../peers' : '../../../bench/peers';
  const script = fileURLToPath(new URL(`${folder}/${peer.script}`, import.meta.url));
  if (!existsSync(script)) throw new Error(`${peer.name}: its script ${script} is not there`);
  const env = {
    OMP_NUM_THREADS: String(threads),
    MKL_NUM_THREADS: String(threads),
    HF_HUB_OFFLINE: '1',
    HF_HUB_DISABLE_PROGRESS_BARS: '1',
    TRANSFORMERS_VERBOSITY: 'error',
    SYNOOD_PYTHON: python,
  };
  return new Side(peer.name, compiled ? process.execPath : python, compiled ? [script] : ['-u', script], env);
}
