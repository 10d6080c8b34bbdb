import {setTimeout as delay} from 'node:timers/promises';
import {messageOf} from '../../binding/errors.js';

/** Why a call of a server failed, in one of the words that programs can switch on. */
export type FailureKind =
  'rate-limit' | 'server' | 'timeout' | 'connection' | 'refusal' | 'answer' | 'request';

/** A failed call, and whether it may be tried again. */
export class CallFailure extends Error {
  constructor(
    readonly kind: FailureKind,
    message: string,
    /** milliseconds that the server asks to wait */
    readonly retryAfter?: number,
    options?: {cause?: unknown},
  ) {
    super(message, options);
  }

  get again(): boolean {
    return this.kind !== 'refusal' && this.kind !== 'request';
  }
}

/** No server is waited for longer than this in one go, whatever it asks for. */
const LONGEST_WAIT = 120_000;
const FIRST_WAIT = 500;

/** Seconds, or a date. */
export function parseRetryAfter(value: string | null | undefined, now = Date.now()): number | undefined {
  if (!value) return undefined;
  const seconds = Number(value);
  const milliseconds = Number.isFinite(seconds) ? seconds * 1000 : Date.parse(value) - now;
  return Number.isFinite(milliseconds) ? Math.min(LONGEST_WAIT, Math.max(0, milliseconds)) : undefined;
}

/** Twice as long each time, by chance up to a half shorter, so that many callers do not come back at once. */
export function backOff(attempt: number, random = Math.random()): number {
  return Math.min(LONGEST_WAIT / 4, FIRST_WAIT * 2 ** attempt) * (1 - random / 2);
}

export interface RetryOptions {
  /** calls at most */
  attempts: number;
  signal?: AbortSignal;
  /** told before each wait */
  onWait?: (failure: CallFailure, milliseconds: number) => void;
}

/** Calls until it works, as long as there is hope. @throws CallFailure the last one */
export async function withRetries<T>(
  call: (attempt: number) => Promise<T>,
  options: RetryOptions,
): Promise<T> {
  for (let attempt = 0; ; attempt++) {
    try {
      return await call(attempt);
    } catch (error) {
      if (!(error instanceof CallFailure)) throw error;
      if (!error.again) throw error;
      if (attempt + 1 >= options.attempts) {
        const tried = attempt === 0 ? '1 attempt' : `${attempt + 1} attempts`;
        throw new CallFailure(error.kind, `${messageOf(error)} (${tried})`, undefined, {cause: error});
      }
      const wait = error.retryAfter ?? backOff(attempt);
      options.onWait?.(error, wait);
      await delay(wait, undefined, {signal: options.signal});
    }
  }
}
