import {loadAddon} from '../binding/addon.js';
import type {EngineInfo, NativeEngine, NativeJob} from '../binding/contract.js';
import {SynoodError} from '../binding/errors.js';
import {stopAtExit} from './at-exit.js';
import {runJob, toSynoodError} from './native-call.js';
import {locateLibraries} from './native-libraries.js';

export interface EngineOptions {
  /**
   * 'auto' takes a CUDA device when there is one; 'cuda' without one is an error, never a fall back. 'meta' loads models
   * without their numbers, to check files of any size. SYNOOD_DEVICE overrides the default.
   */
  device?: 'auto' | 'cpu' | 'cuda' | `cuda:${number}` | 'meta';
  /** of loaded models; the CPU computes in float32 only */
  dtype?: 'float32' | 'bfloat16' | 'float16';
  /** of one operation; default: all */
  threads?: number;
  /** a folder with lib/ and include/, instead of looking for LibTorch */
  libtorch?: string;
}

/** A job thread with its device, and what every model needs of it. Users see it as `Engine` (ts/models/engine.ts). */
export class EngineCore {
  readonly #native: NativeEngine;
  readonly #pending = new Set<Promise<unknown>>();
  #closed = false;

  constructor(options: EngineOptions = {}) {
    this.#native = openNative(options);
  }

  /** What this engine computes on. */
  get info(): EngineInfo {
    return this.#open().info();
  }

  /** True where a sample's bytes are promised (DESIGN: one kind of device, one LibTorch). */
  get deterministic(): boolean {
    return this.info.device === 'cpu';
  }

  /** Runs one native call on this engine. @throws SynoodError */
  run<T>(start: (native: NativeEngine) => NativeJob<T>, signal?: AbortSignal): Promise<T> {
    const result = runJob(() => start(this.#open()), signal);
    const settled = result.then(
      () => undefined,
      () => undefined,
    );
    this.#pending.add(settled);
    void settled.then(() => this.#pending.delete(settled));
    stopAtExit(this.#native, settled);
    return result;
  }

  /** Aborts what runs, waits for it, and gives the thread and its memory back. Models loaded here are of no use afterwards. */
  async dispose(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    this.#native.cancelAll();
    await Promise.all(this.#pending);
    this.#native.dispose();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.dispose();
  }

  #open(): NativeEngine {
    if (this.#closed) {
      throw new SynoodError('ERR_DISPOSED', 'This engine was disposed. Open another: await Engine.open().');
    }
    return this.#native;
  }
}

function openNative(options: EngineOptions): NativeEngine {
  const device = options.device ?? (process.env['SYNOOD_DEVICE'] || 'auto');
  const addon = loadAddon();
  const libraries = locateLibraries({device, libtorch: options.libtorch});
  try {
    return addon.openEngine({
      ...libraries,
      device,
      dtype: options.dtype ?? 'float32',
      threads: options.threads ?? 0,
    });
  } catch (thrown) {
    throw toSynoodError(thrown);
  }
}
