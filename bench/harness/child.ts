import {type ChildProcessByStdio, spawn} from 'node:child_process';
import {readFile, writeFile} from 'node:fs/promises';
import {createInterface} from 'node:readline';
import type {Readable, Writable} from 'node:stream';

/** What a side answers to a request; `error` has its own words. */
export interface Reply {
  seconds?: number;
  versions?: Record<string, string>;
  error?: string;
}

/**
 * One side of a row, ours or the peer's: a process that loads once and then runs when it is asked. Requests and
 * replies are lines of JSON: {"op": "load", "row", "settings", ...}, {"op": "run", "output"?}.
 */
export class Side {
  readonly #process: ChildProcessByStdio<Writable, Readable, null>;
  readonly #lines: AsyncIterator<string>;

  constructor(
    private readonly what: string,
    program: string,
    args: string[],
    env: Record<string, string> = {},
  ) {
    this.#process = spawn(program, args, {
      stdio: ['pipe', 'pipe', 'inherit'],
      env: {...process.env, ...env},
    });
    this.#process.on('error', () => undefined); // its output ends, which `ask` reports
    this.#process.stdin.on('error', () => undefined);
    this.#lines = createInterface({input: this.#process.stdout})[Symbol.asyncIterator]();
  }

  /** @throws Error with the side's own words, or if it ended */
  async ask(request: Record<string, unknown>): Promise<Reply> {
    this.#process.stdin.write(`${JSON.stringify(request)}\n`);
    const {value, done} = await this.#lines.next();
    if (done) throw new Error(`${this.what} ended without an answer (its messages are above)`);
    const reply = JSON.parse(value) as Reply;
    if (reply.error !== undefined) throw new Error(`${this.what}: ${reply.error}`);
    return reply;
  }

  /** The most that is resident counts from now. */
  restartPeak(): Promise<void> {
    return writeFile(`/proc/${this.#process.pid}/clear_refs`, '5');
  }

  /** Bytes that were resident at most; null where /proc does not tell. */
  async peakMemory(): Promise<number | null> {
    const status = await readFile(`/proc/${this.#process.pid}/status`, 'utf8').catch(() => '');
    const kilobytes = /^VmHWM:\s+(\d+) kB$/m.exec(status)?.[1];
    return kilobytes === undefined ? null : Number(kilobytes) * 1024;
  }

  close(): Promise<void> {
    if (this.#process.exitCode !== null || this.#process.pid === undefined) return Promise.resolve();
    const closed = new Promise<void>((resolve) => this.#process.once('close', () => resolve()));
    this.#process.stdin.end();
    return closed;
  }
}

/** Runs a program and gives its stdout. @throws Error if it cannot start or fails */
export function runToEnd(program: string, args: string[], env: Record<string, string> = {}): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, {
      stdio: ['ignore', 'pipe', 'inherit'],
      env: {...process.env, ...env},
    });
    let output = '';
    child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()));
    child.on('error', reject);
    child.on('close', (code) =>
      code === 0 ? resolve(output) : reject(new Error(`${program} ${args.join(' ')}: exit code ${code}`)),
    );
  });
}
