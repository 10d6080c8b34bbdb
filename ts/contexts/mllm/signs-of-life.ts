/** So many images in a row that no other image will do better than. */
const HOPELESS = 8;

/** The model has said something, if not what was asked for. */
const ANSWERED = new Set(['refusal', 'answer', 'empty']);

/** Tells a server that is not there, takes no such calls, or has gone, from single images that fail. */
export class SignsOfLife {
  #failed = 0;
  #answered = false;

  /**
   * @param one  how an image ended
   * @returns what is to be said if it makes no sense to go on
   */
  see(one: {failure: {kind: string; message: string}} | {cached: boolean}): string | undefined {
    if (!('failure' in one)) {
      // An answer that was kept earlier says nothing about the server as it is.
      if (!one.cached) this.#alive();
      return undefined;
    }
    const {kind, message} = one.failure;
    if (ANSWERED.has(kind)) this.#alive();
    else if (kind === 'connection' || (kind === 'request' && !this.#answered)) this.#failed++;
    if (this.#failed < HOPELESS) return undefined;
    return `The ${this.#answered ? 'last' : 'first'} ${this.#failed} images all failed, the last with: ${message}`;
  }

  #alive(): void {
    this.#failed = 0;
    this.#answered = true;
  }
}
