import {writeFileSync} from 'node:fs';

/** Writes a safetensors file with any header, right or wrong. */
export function writeRaw(
  path: string,
  header: unknown,
  data: Uint8Array = new Uint8Array(),
  headerLength?: bigint,
): void {
  const json = Buffer.from(typeof header === 'string' ? header : JSON.stringify(header), 'utf8');
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(headerLength ?? BigInt(json.length));
  writeFileSync(path, Buffer.concat([length, json, data]));
}
