/**
 * The safetensors layout: 8 bytes header length (little-endian), a JSON header
 * `{name: {dtype, shape, data_offsets: [begin, end]}, "__metadata__": {...}}`, then the tensors' bytes,
 * which the offsets must cover from the first byte to the last, without overlap.
 *
 * @see https://huggingface.co/docs/safetensors
 */
export const LENGTH_BYTES = 8;

/** The largest header that the reference implementation accepts. */
export const MAX_HEADER_BYTES = 100_000_000;

export const METADATA_KEY = '__metadata__';

export const BYTES_PER_ELEMENT = {
  BOOL: 1,
  U8: 1,
  I8: 1,
  F8_E5M2: 1,
  F8_E4M3: 1,
  I16: 2,
  U16: 2,
  F16: 2,
  BF16: 2,
  I32: 4,
  U32: 4,
  F32: 4,
  F64: 8,
  I64: 8,
  U64: 8,
} as const;

export type SafetensorsDtype = keyof typeof BYTES_PER_ELEMENT;

/** One tensor of a file: `begin` and `end` are absolute byte offsets in the file. */
export interface SafetensorsEntry {
  name: string;
  dtype: SafetensorsDtype;
  shape: number[];
  begin: number;
  end: number;
}

/** What a safetensors file holds, without its tensors' bytes. Entries are in the order of their offsets. */
export interface SafetensorsHeader {
  path: string;
  fileSize: number;
  entries: SafetensorsEntry[];
  metadata: Record<string, string>;
}
