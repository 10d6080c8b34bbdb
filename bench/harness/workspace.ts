import {createHash} from 'node:crypto';
import {existsSync} from 'node:fs';
import {mkdir, readFile, rename, rm, writeFile} from 'node:fs/promises';
import {join} from 'node:path';
import {fileURLToPath} from 'node:url';
import type {Tensor} from '../../ts/binding/contract.js';
import {runToEnd} from './child.js';

/** Kinds of models that can be made with random weights: bench/harness/make-model.ts. */
export type ModelKind = 'unet' | 'autoencoder-kl' | 'clip' | 'resnet';

/** A tensor as both sides find it: float32 numbers, nothing else, in a file. */
export interface StoredTensor {
  path: string;
  shape: number[];
}

/** A folder of weights and inputs that stays from one run to the next. */
export class Workspace {
  constructor(readonly folder: string) {}

  /**
   * A model folder that transformers or diffusers loads too: config.json and one safetensors file, random weights
   * from the seed. It is written once; the same configuration finds it again.
   */
  async model(kind: ModelKind, config: object, seed = 0): Promise<string> {
    const text = JSON.stringify(config);
    const digest = createHash('sha256').update(`${kind} ${seed} ${text}`).digest('hex').slice(0, 12);
    const folder = join(this.folder, `${kind}-${digest}`);
    if (existsSync(folder)) return folder;
    const beside = `${folder}.${process.pid}.part`;
    await mkdir(beside, {recursive: true});
    await writeFile(join(beside, 'config.json'), text);
    // In a process of its own, since parameters are held twice while they are written.
    await runToEnd(process.execPath, [
      fileURLToPath(new URL('make-model.js', import.meta.url)),
      kind,
      beside,
      String(seed),
    ]);
    await rename(beside, folder).catch(async (error: unknown) => {
      if (!existsSync(folder)) throw error;
      await rm(beside, {recursive: true});
    });
    return folder;
  }

  /** Numbers of a normal distribution with that deviation. */
  async input(name: string, shape: number[], seed: number, deviation = 1): Promise<StoredTensor> {
    const size = shape.reduce((product, length) => product * length, 1);
    return this.store(name, {data: normalNumbers(size, seed, deviation), shape});
  }

  async store(name: string, {data, shape}: Tensor<Float32Array>): Promise<StoredTensor> {
    await mkdir(this.folder, {recursive: true});
    const path = join(this.folder, `${name}.f32`);
    await writeFile(path, new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
    return {path, shape};
  }
}

export async function readStored(stored: unknown): Promise<Tensor<Float32Array>> {
  const {path, shape} = stored as StoredTensor;
  return {data: await readFloats(path), shape};
}

export async function readFloats(path: string): Promise<Float32Array> {
  const bytes = await readFile(path);
  return new Float32Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength));
}

/** Box and Muller's normal numbers from a 32-bit generator (mulberry32): the same on every machine. */
export function normalNumbers(count: number, seed: number, deviation: number): Float32Array {
  let state = seed >>> 0;
  const uniform = () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
  return Float32Array.from({length: count}, () => {
    const radius = Math.sqrt(-2 * Math.log(1 - uniform()));
    return radius * Math.cos(2 * Math.PI * uniform()) * deviation;
  });
}
