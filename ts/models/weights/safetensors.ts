import {readFile} from 'node:fs/promises';
import type {Tensor} from '../../binding/contract.js';
import {messageOf, SynoodError} from '../../binding/errors.js';
import {writeFileAtomic} from '../../data/files/atomic-file.js';
import {fromBfloat16Bits, fromHalfBits, toHalfBits} from './half.js';
import {
  BYTES_PER_ELEMENT,
  LENGTH_BYTES,
  METADATA_KEY,
  type SafetensorsDtype,
  type SafetensorsEntry,
} from './safetensors-format.js';
import {readSafetensorsHeader} from './safetensors-header.js';

export {readSafetensorsHeader} from './safetensors-header.js';
export type {SafetensorsDtype, SafetensorsEntry, SafetensorsHeader} from './safetensors-format.js';

export interface WriteSafetensorsOptions {
  /** How Float32Array tensors are stored; default F32. */
  dtype?: 'F32' | 'F16';
}

const byCodeUnit = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

function storedDtype(tensor: Tensor, dtype: 'F32' | 'F16'): SafetensorsDtype {
  if (tensor.data instanceof Float32Array) return dtype;
  if (tensor.data instanceof Float64Array) return 'F64';
  if (tensor.data instanceof BigInt64Array) return 'I64';
  return tensor.data instanceof Int32Array ? 'I32' : 'U8';
}

function checkTensor(name: string, {data, shape}: Tensor): void {
  if (name === METADATA_KEY) {
    throw new SynoodError('ERR_VALUE', `A tensor cannot be named "${name}": the format keeps that name.`);
  }
  const size = shape.reduce((product, length) => product * length, 1);
  if (size !== data.length) {
    throw new SynoodError(
      'ERR_SHAPE',
      `Tensor "${name}" of shape [${shape.join(', ')}] should have ${size} elements, it has ${data.length}.`,
    );
  }
}

function toHalf(name: string, values: Float32Array): Uint8Array {
  const bits = new Uint16Array(values.length);
  values.forEach((value, index) => {
    bits[index] = toHalfBits(value);
    if ((bits[index]! & 0x7fff) === 0x7c00 && Number.isFinite(value)) {
      throw new SynoodError(
        'ERR_VALUE',
        `Tensor "${name}" holds ${value}, too large for F16 (at most 65504); write it as F32.`,
      );
    }
  });
  return new Uint8Array(bits.buffer);
}

function storedBytes(name: string, {data}: Tensor, dtype: SafetensorsDtype): Uint8Array {
  if (dtype === 'F16') return toHalf(name, data as Float32Array);
  return new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
}

/**
 * Writes tensors as one safetensors file, atomically. Equal tensors give equal bytes: wide elements first
 * (so that each tensor is aligned), then by name.
 *
 * @throws SynoodError ERR_SHAPE if a shape does not fit its data; ERR_VALUE if a value does not fit F16
 */
export async function writeSafetensors(
  path: string,
  tensors: Record<string, Tensor>,
  metadata?: Record<string, string>,
  options: WriteSafetensorsOptions = {},
): Promise<void> {
  const stored = Object.entries(tensors).map(([name, tensor]) => {
    checkTensor(name, tensor);
    return {name, tensor, dtype: storedDtype(tensor, options.dtype ?? 'F32')};
  });
  stored.sort(
    (a, b) => BYTES_PER_ELEMENT[b.dtype] - BYTES_PER_ELEMENT[a.dtype] || byCodeUnit(a.name, b.name),
  );
  // Made by hand, because an object literal would put integer-like names first and lose "__proto__".
  const members: string[] = [];
  if (metadata !== undefined) {
    const sorted = Object.entries(metadata).sort(([a], [b]) => byCodeUnit(a, b));
    members.push(`"${METADATA_KEY}":${JSON.stringify(Object.fromEntries(sorted))}`);
  }
  let offset = 0;
  for (const {name, tensor, dtype} of stored) {
    const end = offset + tensor.data.length * BYTES_PER_ELEMENT[dtype];
    members.push(
      `${JSON.stringify(name)}:${JSON.stringify({dtype, shape: tensor.shape, data_offsets: [offset, end]})}`,
    );
    offset = end;
  }
  const json = Buffer.from(`{${members.join(',')}}`, 'utf8');
  const header = Buffer.alloc(LENGTH_BYTES + Math.ceil(json.length / 8) * 8, ' ');
  header.writeBigUInt64LE(BigInt(header.length - LENGTH_BYTES));
  json.copy(header, LENGTH_BYTES);
  function* bytes(): Generator<Uint8Array> {
    yield header;
    for (const {name, tensor, dtype} of stored) yield storedBytes(name, tensor, dtype);
  }
  await writeFileAtomic(path, bytes());
}

function decode(entry: SafetensorsEntry, file: Buffer, path: string): Tensor['data'] {
  // A copy of its own: aligned, and not holding the whole file in memory.
  const bytes = new Uint8Array(file.subarray(entry.begin, entry.end));
  switch (entry.dtype) {
    case 'F32':
      return new Float32Array(bytes.buffer);
    case 'F64':
      return new Float64Array(bytes.buffer);
    case 'F16':
      return Float32Array.from(new Uint16Array(bytes.buffer), fromHalfBits);
    case 'BF16':
      return Float32Array.from(new Uint16Array(bytes.buffer), fromBfloat16Bits);
    case 'I64':
      return new BigInt64Array(bytes.buffer);
    case 'I32':
      return new Int32Array(bytes.buffer);
    case 'U8':
    case 'BOOL':
      return bytes;
    default:
      throw new SynoodError(
        'ERR_MODEL_FORMAT',
        `${path}: key "${entry.name}" is ${entry.dtype}; read here are F32, F64, F16, BF16, I64, I32, U8 and BOOL.`,
      );
  }
}

/**
 * Reads a small safetensors file whole. F32, F16 and BF16 come as Float32Array, F64 as
 * Float64Array, I64 as BigInt64Array, I32 as Int32Array, U8 and BOOL as Uint8Array.
 *
 * @throws SynoodError ERR_MODEL_FORMAT naming file and key; ERR_IO if the file cannot be read
 */
export async function readSafetensors(
  path: string,
): Promise<{tensors: Record<string, Tensor>; metadata: Record<string, string>}> {
  const {entries, metadata, fileSize} = await readSafetensorsHeader(path);
  let file: Buffer;
  try {
    file = await readFile(path);
  } catch (error) {
    throw new SynoodError('ERR_IO', `Cannot read ${path}: ${messageOf(error)}`, {cause: error});
  }
  if (file.length !== fileSize)
    throw new SynoodError('ERR_IO', `${path} changed while it was read; try again.`);
  const tensors = entries.map(
    (entry) => [entry.name, {data: decode(entry, file, path), shape: entry.shape}] as const,
  );
  return {tensors: Object.fromEntries(tensors), metadata};
}
