import type {NativeEngine} from '../binding/contract.js';

const computing = new Map<NativeEngine, number>();
let listens = false;

/** process.exit() runs LibTorch's own clean-up beside whatever still computes on it, so that is stopped first. */
function stopAll(): void {
  for (const native of computing.keys()) native.cancelAll();
  for (const native of computing.keys()) native.dispose();
}

/** Until `settled`, the end of the process stops this engine and waits for its step or batch to end. */
export function stopAtExit(native: NativeEngine, settled: Promise<void>): void {
  if (!listens) process.once('exit', stopAll);
  listens = true;
  computing.set(native, (computing.get(native) ?? 0) + 1);
  void settled.then(() => {
    const left = computing.get(native)! - 1;
    if (left === 0) computing.delete(native);
    else computing.set(native, left);
  });
}
