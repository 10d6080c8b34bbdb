import {messageOf, SynoodError} from '../../binding/errors.js';
import {UsageError} from '../usage-error.js';

export const ExitCode = {done: 0, failed: 1, usage: 2, interrupted: 130} as const;

/** A usage error is told as one, and so is a configuration that does not fit. */
export function exitCodeOf(thrown: unknown, interrupted: boolean): number {
  if (interrupted) return ExitCode.interrupted;
  if (thrown instanceof UsageError) return ExitCode.usage;
  if (thrown instanceof SynoodError && thrown.code === 'ERR_CONFIG') return ExitCode.usage;
  return ExitCode.failed;
}

export function errorDocument(thrown: unknown): {error: {code: string; message: string}} {
  const code = thrown instanceof SynoodError ? thrown.code : thrown instanceof UsageError ? 'ERR_USAGE' : '';
  return {error: {code: code || 'ERR_INTERNAL', message: messageOf(thrown)}};
}

function stackOf(thrown: unknown): string {
  const lines: string[] = [];
  for (let one = thrown; one instanceof Error; one = one.cause) {
    lines.push(`${lines.length > 0 ? 'caused by ' : ''}${one.stack ?? one.message}`);
  }
  return lines.join('\n');
}

/** What people read; with `verbose` where it came from, down to the native code's own words. */
export function describeError(thrown: unknown, verbose: boolean): string {
  if (thrown instanceof UsageError) return `synood: ${thrown.message}\nSee: ${thrown.help}`;
  const {code, message} = errorDocument(thrown).error;
  const text = `synood: ${message} [${code}]`;
  if (verbose) return `${text}\n${stackOf(thrown)}`;
  // A fault of ours is of use only with the place where it happened.
  return code === 'ERR_INTERNAL' ? `${text}\nRun it again with --verbose for a report.` : text;
}
