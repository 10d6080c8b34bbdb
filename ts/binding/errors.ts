/** What went wrong, in one of the words that programs can switch on. */
export type ErrorCode =
  | 'ERR_MODEL_FORMAT'
  | 'ERR_SHAPE'
  | 'ERR_VALUE'
  | 'ERR_DEVICE'
  | 'ERR_OUT_OF_MEMORY'
  | 'ERR_ABORTED'
  | 'ERR_IMAGE'
  | 'ERR_CONFIG'
  | 'ERR_DISPOSED'
  | 'ERR_LIBTORCH'
  | 'ERR_IO'
  | 'ERR_INTERNAL';

/**
 * The one error type of this package. `message` says what was expected, what came and what to do next;
 * `code` is for programs.
 */
export class SynoodError extends Error {
  readonly code: ErrorCode;

  constructor(code: ErrorCode, message: string, options?: {cause?: unknown}) {
    super(message, options);
    this.name = 'SynoodError';
    this.code = code;
  }
}

/** The message of anything that was thrown. */
export function messageOf(thrown: unknown): string {
  return thrown instanceof Error ? thrown.message : String(thrown);
}
