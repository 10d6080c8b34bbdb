import {join} from 'node:path';
import {z} from 'zod';
import {SynoodError} from '../binding/errors.js';
import {checkJson, readJson} from '../data/files/json-file.js';

/** A count or size in a model's configuration. */
export const positiveInteger = z.number().int().positive();

/** Checks a model's configuration against a schema. @throws SynoodError ERR_MODEL_FORMAT naming file and key */
export function checkConfig<T>(schema: z.ZodType<T>, json: unknown, file: string): T {
  return checkJson(schema, json, file, 'ERR_MODEL_FORMAT');
}

/** Reads a JSON file of a model folder. @throws SynoodError ERR_MODEL_FORMAT or ERR_IO naming the file */
export async function readConfig(folder: string, name: string): Promise<{json: unknown; file: string}> {
  const file = join(folder, name);
  return {json: await readJson(file, 'ERR_MODEL_FORMAT'), file};
}

const show = (value: unknown): string => JSON.stringify(value) ?? 'nothing';

/** An option that this package does not compute: names it, and what is supported. */
export function unsupported(
  file: string,
  key: string,
  value: unknown,
  supported: readonly unknown[],
): SynoodError {
  const choices = supported.map(show).join(', ');
  return new SynoodError('ERR_MODEL_FORMAT', `${file}: ${key} is ${show(value)}; supported: ${choices}.`);
}

/**
 * Refuses options outside what is computed. A key that is absent has the library's default, which every caller
 * makes the first of the supported values.
 */
export function requireSupported(
  json: unknown,
  file: string,
  supported: Record<string, readonly unknown[]>,
): void {
  for (const [key, values] of Object.entries(supported)) {
    const value = (json as Record<string, unknown>)[key];
    if (value !== undefined && !values.includes(value)) throw unsupported(file, key, value, values);
  }
}

/** Sizes that must divide: groups into channels, heads into widths. */
export function requireDivisible(
  file: string,
  what: string,
  size: number,
  by: string,
  divisor: number,
): void {
  if (size % divisor !== 0) {
    throw new SynoodError(
      'ERR_MODEL_FORMAT',
      `${file}: ${what} ${size} is not divisible by ${by} ${divisor}.`,
    );
  }
}
