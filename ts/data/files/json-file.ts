import {readFile} from 'node:fs/promises';
import type {z} from 'zod';
import {type ErrorCode, messageOf, SynoodError} from '../../binding/errors.js';

/** One line per problem: the key's path in the JSON, and what was expected there. */
function describeIssues(error: z.ZodError): string {
  return error.issues
    .slice(0, 5)
    .map((issue) => `${issue.path.length > 0 ? `"${issue.path.join('.')}"` : 'the whole'}: ${issue.message}`)
    .join('; ');
}

/**
 * Checks a parsed JSON value against a schema.
 *
 * @param where the file (and place) that the message names
 * @throws SynoodError with `code`, naming `where` and each key that does not fit
 */
export function checkJson<T>(schema: z.ZodType<T>, value: unknown, where: string, code: ErrorCode): T {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  throw new SynoodError(code, `${where} does not have the expected form: ${describeIssues(result.error)}`);
}

/** Python writes infinities as bare words; a number too large for a double is read as one. */
function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    const spelled = text.replace(/(:\s*-?)Infinity(?=\s*[,}\]])/g, '$11e999');
    if (spelled === text) throw error;
    return JSON.parse(spelled);
  }
}

/**
 * Reads and parses a JSON file.
 *
 * @throws SynoodError ERR_IO if it cannot be read, `code` if it is not JSON
 */
export async function readJson(path: string, code: ErrorCode): Promise<unknown> {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (error) {
    throw new SynoodError('ERR_IO', `Cannot read ${path}: ${messageOf(error)}`, {cause: error});
  }
  try {
    return parseJson(text.replace(/^\uFEFF/, ''));
  } catch (error) {
    throw new SynoodError(code, `${path} is not valid JSON: ${messageOf(error)}`, {cause: error});
  }
}
