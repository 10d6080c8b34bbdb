import {z} from 'zod';
import {configSchema} from '../../ts/pipeline/config/schema.js';

interface Node {
  description?: string;
  default?: unknown;
  enum?: unknown[];
  properties?: Record<string, Node>;
  anyOf?: Node[];
}

const shown = (value: unknown): string =>
  value === undefined ? '' : `\`${JSON.stringify(value).replaceAll('|', '\\|')}\``;

function rowsOf(node: Node, path: string[]): string[][] {
  const inner = node.properties ?? node.anyOf?.find(({properties}) => properties)?.properties;
  const isUnionOfValues = node.anyOf !== undefined && node.default !== undefined;
  if (inner && !isUnionOfValues)
    return Object.entries(inner).flatMap(([key, child]) => rowsOf(child, [...path, key]));
  const choices = node.enum && node.enum.length > 1 ? `${node.enum.map(shown).join(', ')}: ` : '';
  return [[`\`${path.join('.')}\``, shown(node.default), `${choices}${node.description ?? ''}`]];
}

/** Every key of a configuration with its default and its meaning: the rows of docs/guide.md's table. */
export function configReference(): string[][] {
  return rowsOf(z.toJSONSchema(configSchema, {io: 'input', unrepresentable: 'any'}) as Node, []);
}

/** The table as docs/guide.md has it, but for the formatter. */
export function configTable(): string {
  const head = ['| Key | Default | Meaning |', '| --- | --- | --- |'];
  return [...head, ...configReference().map((row) => `| ${row.join(' | ')} |`)].join('\n');
}
