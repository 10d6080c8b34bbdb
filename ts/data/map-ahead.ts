/**
 * Calls `make` on the items of a source in order, `ahead` of them at a time, and yields the results in the same order. So work
 * on other threads goes on beside whatever the consumer does, and no more than `ahead` results are ever held.
 *
 * @throws whatever the source or `make` throws, at its place in the order
 */
export async function* mapAhead<T, R>(
  source: Iterable<T> | AsyncIterable<T>,
  ahead: number,
  make: (item: T) => R | Promise<R>,
): AsyncGenerator<R, void, undefined> {
  const iterator =
    Symbol.asyncIterator in source ? source[Symbol.asyncIterator]() : source[Symbol.iterator]();
  const pending: Promise<{result: R} | undefined>[] = [];
  const start = () => {
    const next = Promise.resolve(iterator.next()).then(async (step) =>
      step.done ? undefined : {result: await make(step.value)},
    );
    // A rejection is thrown where it is awaited below; until then nobody else would look at it.
    next.catch(() => undefined);
    pending.push(next);
  };
  try {
    for (;;) {
      while (pending.length < ahead) start();
      const ready = await pending.shift()!;
      if (!ready) return;
      yield ready.result;
    }
  } finally {
    await Promise.allSettled(pending);
    await iterator.return?.();
  }
}
