import {closeSync, ftruncateSync, openSync, writeSync} from 'node:fs';
import {arrayOf, constantSource, normalSource} from './numbers.mjs';

const CHUNK = 1 << 20;
const NAMES = {float32: 'F32', float16: 'F16'};
const SIZES = {float32: 4, float16: 2};

const product = (shape) => shape.reduce((total, size) => total * size, 1);

/** @returns {{name: string, shape: number[]}[]} of a tensors.txt: a key and its sizes on each line */
export function parseTensors(text) {
  return text
    .trim()
    .split('\n')
    .map((line) => {
      const [name, ...sizes] = line.split(' ');
      return {name, shape: sizes.map(Number)};
    });
}

/** Matrices have variance 1 / fan in, norms are one, biases zero: whatever goes in comes out of about its size. */
function source({name, shape}, dtype, seed) {
  if (shape.length > 1) return normalSource(dtype, `${seed} ${name}`, 1 / Math.sqrt(product(shape.slice(1))));
  return constantSource(dtype, name.endsWith('weight') ? 1 : 0);
}

function header(tensors, dtype) {
  let end = 0;
  const entries = tensors.map(({name, shape}) => {
    const begin = end;
    end += product(shape) * SIZES[dtype];
    return [name, {dtype: NAMES[dtype], shape, data_offsets: [begin, end]}];
  });
  const text = JSON.stringify({__metadata__: {format: 'pt'}, ...Object.fromEntries(entries)});
  const padded = text.padEnd(Math.ceil(text.length / 8) * 8);
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(padded.length));
  return {bytes: Buffer.concat([length, Buffer.from(padded)]), data: end};
}

/** How many bytes the tensors have. */
export const bytesOf = (tensors, dtype) =>
  tensors.reduce((sum, {shape}) => sum + product(shape) * SIZES[dtype], 0);

/**
 * Writes a safetensors file a piece at a time; no tensor is ever whole in memory.
 *
 * @param {string} path
 * @param {{name: string, shape: number[]}[]} tensors
 * @param {{dtype: 'float32' | 'float16', seed: string, sparse: boolean}} options  `sparse`: zeros that take no space
 */
export function writeWeights(path, tensors, {dtype, seed, sparse}) {
  const file = openSync(path, 'wx');
  try {
    const {bytes, data} = header(tensors, dtype);
    writeSync(file, bytes);
    if (sparse) {
      ftruncateSync(file, bytes.length + data);
      return;
    }
    const chunk = arrayOf(dtype, CHUNK);
    for (const tensor of tensors) {
      const fill = source(tensor, dtype, seed);
      for (let left = product(tensor.shape); left > 0; left -= CHUNK) {
        const part = left < CHUNK ? chunk.subarray(0, left) : chunk;
        fill(part);
        writeSync(file, new Uint8Array(part.buffer, 0, part.byteLength));
      }
    }
  } finally {
    closeSync(file);
  }
}
