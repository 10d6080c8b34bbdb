import type {
  FloatTensor,
  NamedTensor,
  NativeJob,
  NativeModel,
  NativeProgress,
  Tensor,
} from '../binding/contract.js';
import {SynoodError} from '../binding/errors.js';
import type {EngineCore} from '../engine/engine-core.js';

/** Options of calls that go through many rows. */
export interface BatchCallOptions {
  /** rows computed at once; a row's bits depend on it, not on the rows beside it */
  batchSize?: number;
  signal?: AbortSignal;
  onProgress?: (progress: NativeProgress) => void;
}

/** What every loaded model can do: be disposed, tell its size, give its parameters back. */
export abstract class Model<N extends NativeModel> {
  #native: N | undefined;

  protected constructor(
    readonly engine: EngineCore,
    native: N,
    private readonly what: string,
  ) {
    this.#native = native;
  }

  /** The object of synood.node. @throws SynoodError ERR_DISPOSED */
  get native(): N {
    if (!this.#native) {
      throw new SynoodError('ERR_DISPOSED', `This ${this.what} was disposed. Load it again from its folder.`);
    }
    return this.#native;
  }

  /** Bytes of its parameters on its device. */
  get bytes(): number {
    return this.native.bytes();
  }

  /** Parameters and buffers under their safetensors names, on the host. */
  state(): Promise<NamedTensor[]> {
    return this.run((native) => native.state());
  }

  dispose(): void {
    this.#native?.dispose();
    this.#native = undefined;
  }

  [Symbol.dispose](): void {
    this.dispose();
  }

  protected run<T>(start: (native: N) => NativeJob<T>, signal?: AbortSignal): Promise<T> {
    return this.engine.run(() => start(this.native), signal);
  }

  protected runRows(
    start: (
      native: N,
      options: {batchSize: number; pad: boolean; onProgress?: (progress: NativeProgress) => void},
    ) => NativeJob<FloatTensor>,
    options: BatchCallOptions,
    defaultBatchSize: number,
  ): Promise<FloatTensor> {
    const batchSize = options.batchSize ?? defaultBatchSize;
    if (!Number.isInteger(batchSize) || batchSize < 1) {
      throw new SynoodError(
        'ERR_VALUE',
        `Expected batchSize to be a positive whole number, got ${batchSize}.`,
      );
    }
    return this.run(
      (native) => start(native, {batchSize, pad: true, onProgress: options.onProgress}),
      options.signal,
    );
  }
}

/** A one-dimensional or higher tensor from plain numbers. */
export function tensor<T extends Tensor['data']>(data: T, shape: number[]): Tensor<T> {
  return {data, shape};
}

/** Tensors (n, ...) of one shape below each other, (sum of n, ...). @throws SynoodError ERR_SHAPE if another comes */
export function stackRows(parts: readonly FloatTensor[]): FloatTensor {
  const [, ...row] = parts[0]?.shape ?? [0];
  const count = parts.reduce((sum, {shape}) => sum + shape[0]!, 0);
  const data = new Float32Array(parts.reduce((sum, part) => sum + part.data.length, 0));
  let at = 0;
  for (const part of parts) {
    if (String(part.shape.slice(1)) !== String(row)) {
      throw new SynoodError(
        'ERR_SHAPE',
        `Expected rows of shape [${row.join(', ')}], got [${part.shape.slice(1).join(', ')}].`,
      );
    }
    data.set(part.data, at);
    at += part.data.length;
  }
  return {data, shape: [count, ...row]};
}
