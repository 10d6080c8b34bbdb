import {z} from 'zod';
import {SynoodError} from '../../binding/errors.js';
import {nearestFirst} from '../config/problems.js';
import {resolveConfig} from '../config/read-config.js';
import {configSchema, type RunConfig} from '../config/schema.js';

interface JsonSchema {
  properties?: Record<string, JsonSchema>;
  anyOf?: JsonSchema[];
}

/** Every path of a configuration, those inside of a union's objects too. */
function pathsOf(node: JsonSchema, path: readonly string[] = []): string[] {
  const inner = [node, ...(node.anyOf ?? [])].flatMap(({properties}) => Object.entries(properties ?? {}));
  const own = path.length > 0 && (inner.length === 0 || node.anyOf) ? [path.join('.')] : [];
  return [...own, ...inner.flatMap(([key, child]) => pathsOf(child, [...path, key]))];
}

/** What is one for all rows of an ablation. */
const FIXED =
  /^(seed|name|world(\..*)?|data\.features|evaluate\.(split|detectors)|engine\.(device|dtype|threads))$/;

function findPath(key: string): string {
  const schema = z.toJSONSchema(configSchema, {io: 'input', unrepresentable: 'any'}) as JsonSchema;
  const paths = pathsOf(schema).filter((path) => !FIXED.test(path));
  if (paths.includes(key)) return key;
  const ends = paths.filter((path) => path.endsWith(`.${key}`));
  if (ends.length === 1) return ends[0]!;
  const fail = (message: string): never => {
    throw new SynoodError('ERR_CONFIG', `${message} "synood config" prints all settings.`);
  };
  if (ends.length > 1) return fail(`More than one setting ends with "${key}": ${ends.join(', ')}.`);
  if (FIXED.test(key)) return fail(`"${key}" is the same in all rows of an ablation; vary another setting.`);
  const parts = key.split('.').length;
  // Compared with as many of a path's last words as the key has.
  const end = (path: string): string => path.split('.').slice(-parts).join('.');
  const nearest = nearestFirst(key, paths.map(end))[0]!;
  const near = paths.find((path) => end(path) === nearest);
  return fail(`There is no setting "${key}" to vary; did you mean "${near}"?`);
}

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

function withValue(under: unknown, [key, ...rest]: readonly string[], value: unknown): unknown {
  if (key === undefined) return value;
  // A plain value gives way to an object of the union: a number to {quantile}.
  const around = isRecord(under) ? under : {};
  return {...around, [key]: withValue(around[key], rest, value)};
}

/**
 * A configuration with another value of one setting.
 *
 * @param key  a path such as 'synthesize.guidanceScale', or its end where that is unambiguous: 'guidanceScale'
 * @throws SynoodError ERR_CONFIG naming the settings that are near, or why the value does not fit
 */
export function changeSetting(
  config: RunConfig,
  key: string,
  value: unknown,
): {config: RunConfig; path: string} {
  const path = findPath(key);
  const changed = withValue(config, path.split('.'), value);
  return {config: resolveConfig(changed, {where: `${path}=${JSON.stringify(value)}`}), path};
}

/** `KEY=VALUE,VALUE,...`, or a JSON list behind the sign where a value has commas. @throws SynoodError ERR_CONFIG */
export function parseVariation(text: string): {key: string; values: unknown[]} {
  const at = text.indexOf('=');
  const [key, list] = [text.slice(0, at).trim(), text.slice(at + 1).trim()];
  const fail = (why: string): never => {
    throw new SynoodError(
      'ERR_CONFIG',
      `Expected a setting and its values, such as synthesize.guidanceScale=1,4,8 or mask=["full"], got "${text}"${why}.`,
    );
  };
  if (at < 1 || list === '') return fail('');
  const one = (word: string): unknown => {
    try {
      return JSON.parse(word);
    } catch {
      return word;
    }
  };
  const values = list.startsWith('[') ? one(list) : list.split(',').map((word) => one(word.trim()));
  if (!Array.isArray(values) || values.length === 0) return fail(', which is no list');
  const texts = values.map((value) => JSON.stringify(value));
  if (new Set(texts).size !== texts.length) return fail(', with a value twice');
  return {key, values};
}
