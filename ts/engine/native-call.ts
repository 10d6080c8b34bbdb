import type {NativeJob} from '../binding/contract.js';
import {type ErrorCode, messageOf, SynoodError} from '../binding/errors.js';

/** An error of synood.node as the package's own; anything else as ERR_INTERNAL. */
export function toSynoodError(thrown: unknown): SynoodError {
  if (thrown instanceof SynoodError) return thrown;
  const code = (thrown as {code?: unknown} | null)?.code;
  const known = typeof code === 'string' && code.startsWith('ERR_') ? (code as ErrorCode) : 'ERR_INTERNAL';
  return new SynoodError(known, messageOf(thrown), {cause: thrown});
}

export function abortError(signal: AbortSignal): SynoodError {
  return new SynoodError('ERR_ABORTED', 'The call was aborted by its signal.', {cause: signal.reason});
}

/**
 * Starts a native call and waits for it; an abort makes the core stop at its next check.
 *
 * @throws SynoodError with the core's code, ERR_ABORTED when the signal fired
 */
export async function runJob<T>(start: () => NativeJob<T>, signal?: AbortSignal): Promise<T> {
  if (signal?.aborted) throw abortError(signal);
  try {
    const job = start();
    const cancel = () => job.cancel();
    signal?.addEventListener('abort', cancel, {once: true});
    try {
      return await job.promise;
    } finally {
      signal?.removeEventListener('abort', cancel);
    }
  } catch (thrown) {
    throw toSynoodError(thrown);
  }
}
