import {UsageError} from './usage-error.js';

/** An option's value, undefined where it was not given. @throws UsageError naming the option */
export function wholeNumber(name: string, value: unknown, least: number, help?: string): number | undefined {
  if (value === undefined) return undefined;
  if (Number.isSafeInteger(value) && (value as number) >= least) return value as number;
  throw new UsageError(
    `Expected --${name} to be a whole number of at least ${least}, got ${String(value)}.`,
    help,
  );
}
