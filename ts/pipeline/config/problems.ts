import {z} from 'zod';
import {configSchema} from './schema.js';

interface JsonSchema {
  additionalProperties?: JsonSchema | boolean;
  properties?: Record<string, JsonSchema>;
  anyOf?: JsonSchema[];
}

/** What may be changed to make one word of the other: insertions, deletions and replacements (Levenshtein). */
function editDistance(a: string, b: string): number {
  let row = Array.from({length: b.length + 1}, (_, index) => index);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      next[j] = Math.min(next[j - 1]! + 1, row[j]! + 1, row[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1));
    }
    row = next;
  }
  return row[b.length]!;
}

/** Of a record, whose keys are free. */
const valuesOf = ({additionalProperties}: JsonSchema): JsonSchema[] =>
  typeof additionalProperties === 'object' ? [additionalProperties] : [];

function keysAt(path: readonly PropertyKey[]): string[] {
  let nodes = [z.toJSONSchema(configSchema, {io: 'input', unrepresentable: 'any'}) as JsonSchema];
  for (const part of path) {
    nodes = nodes
      .flatMap((node) => [node, ...(node.anyOf ?? [])])
      .flatMap((node) => node.properties?.[String(part)] ?? valuesOf(node));
  }
  return nodes
    .flatMap((node) => [node, ...(node.anyOf ?? [])])
    .flatMap((node) => Object.keys(node.properties ?? {}));
}

/** The most alike first. */
export const nearestFirst = (word: string, known: readonly string[]): string[] =>
  [...known].sort((a, b) => editDistance(word, a) - editDistance(word, b) || (a < b ? -1 : 1));

function unknownKey(key: string, path: readonly PropertyKey[]): string {
  const known = nearestFirst(key, keysAt(path));
  const name = [...path, key].join('.');
  const nearest = known[0];
  return `unknown key "${name}"${nearest === undefined ? '' : `, did you mean "${[...path, nearest].join('.')}"?`}`;
}

type Issue = z.core.$ZodIssue;

/** Of a union, the alternative that got farthest: one that failed inside the value, not at its type. */
function unionIssues(issue: Extract<Issue, {code: 'invalid_union'}>): Issue[] | undefined {
  const wrongType = ({code, path}: Issue) =>
    path.length === 0 && (code === 'invalid_type' || code === 'invalid_value');
  const inside = issue.errors.filter((errors) => errors.length > 0 && !errors.some(wrongType));
  return inside.length === 1 ? inside[0] : undefined;
}

function describe(issue: Issue, before: readonly PropertyKey[]): string[] {
  const path = [...before, ...issue.path];
  if (issue.code === 'unrecognized_keys') return issue.keys.map((key) => unknownKey(key, path));
  const where = path.length > 0 ? `"${path.join('.')}"` : 'the whole';
  if (issue.code !== 'invalid_union') return [`${where}: ${issue.message}`];
  const inside = unionIssues(issue);
  if (inside) return inside.flatMap((nested) => describe(nested, path));
  const alternatives = [...new Set(issue.errors.flat().map(({message}) => message))];
  return [`${where}: ${alternatives.join(', or ')}`];
}

/** One line a problem: where in the configuration, what was expected, and the nearest known key. */
export function configProblems(error: z.ZodError): string[] {
  return error.issues.flatMap((issue) => describe(issue, [])).slice(0, 5);
}
