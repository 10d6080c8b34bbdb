import {setTimeout as delay} from 'node:timers/promises';

/** Lets so many calls pass at once, and none while a server has asked for a pause. */
export class Gate {
  #free: number;
  #until = 0;
  readonly #waiting: (() => void)[] = [];

  constructor(concurrency: number) {
    this.#free = concurrency;
  }

  /** Nobody passes for so long. */
  pause(milliseconds: number): void {
    this.#until = Math.max(this.#until, performance.now() + milliseconds);
  }

  async pass<T>(call: () => Promise<T>, signal?: AbortSignal): Promise<T> {
    if (this.#free > 0) this.#free--;
    else await new Promise<void>((resolve) => this.#waiting.push(resolve));
    try {
      for (let left; (left = this.#until - performance.now()) > 0;) {
        await delay(Math.ceil(left), undefined, {signal});
      }
      return await call();
    } finally {
      const next = this.#waiting.shift();
      if (next) next();
      else this.#free++;
    }
  }
}
