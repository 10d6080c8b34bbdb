/** A job stops at its next denoising step or batch; one that takes longer than this is left to the system. */
const PATIENCE_MS = 1600;

export interface Interrupt {
  readonly signal: AbortSignal;
  /** The command that goes on from where this one stops. */
  resume?: string;
  /** Gives Ctrl-C back to Node. */
  release(): void;
}

/**
 * The first Ctrl-C fires the signal, which ends the work at its next check; the second ends the process at once, and so
 * does time.
 */
export function listenForInterrupt(): Interrupt {
  const controller = new AbortController();
  // By the signal itself, which shells report as 130 too: process.exit() would wait for the operation that goes on.
  const leave = () => {
    interrupt.release();
    process.kill(process.pid, 'SIGINT');
  };
  const onInterrupt = () => {
    if (controller.signal.aborted) return leave();
    const {resume} = interrupt;
    const advice = resume && ` What is done stays done; the same command goes on from there:\n  ${resume}`;
    process.stderr.write(`\nsynood: stopping.${advice ?? ''}\n`);
    setTimeout(leave, PATIENCE_MS).unref();
    controller.abort(new Error('interrupted'));
  };
  process.on('SIGINT', onInterrupt);
  process.on('SIGTERM', onInterrupt);
  const interrupt: Interrupt = {
    signal: controller.signal,
    release() {
      process.off('SIGINT', onInterrupt);
      process.off('SIGTERM', onInterrupt);
    },
  };
  return interrupt;
}
