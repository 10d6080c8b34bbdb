import {availableParallelism} from 'node:os';
import {messageOf, SynoodError} from '../binding/errors.js';
import {decodeImage, type RgbImage} from '../data/image.js';
import {checkAborted, type RunContext} from './run-context.js';

export interface NamedImage {
  id: string;
  path: string;
}

/** sharp works on other threads: a few images ahead keep them busy. */
const AHEAD = Math.max(4, availableParallelism());

/**
 * Decodes images in order, some ahead. One that cannot be read is named with its reason, and the rest goes on.
 *
 * @param set  what messages call the images
 * @param make  what is made of each image, ahead too
 */
export async function* mapImages<T extends NamedImage, R>(
  run: RunContext,
  set: string,
  items: readonly T[],
  make: (image: RgbImage, item: T) => R | Promise<R>,
): AsyncGenerator<{item: T; result: R}, void, undefined> {
  const pending: Promise<{item: T; result: R} | {item: T; error: unknown}>[] = [];
  let next = 0;
  const start = () => {
    const item = items[next++]!;
    pending.push(
      decodeImage(item.path, {name: item.id})
        .then((image) => make(image, item))
        .then(
          (result) => ({item, result}),
          (error: unknown) => ({item, error}),
        ),
    );
  };
  while (next < items.length || pending.length > 0) {
    checkAborted(run);
    while (next < items.length && pending.length < AHEAD) start();
    const ready = await pending.shift()!;
    if ('result' in ready) yield ready;
    else if (ready.error instanceof SynoodError && ready.error.code === 'ERR_IMAGE')
      leaveOutImage(run, set, ready.item.id, ready.error);
    else throw ready.error;
  }
}

/** Decoded images in order; see mapImages. */
export async function* readImages<T extends NamedImage>(
  run: RunContext,
  set: string,
  items: readonly T[],
): AsyncGenerator<{item: T; image: RgbImage}, void, undefined> {
  for await (const {item, result} of mapImages(run, set, items, (image) => image))
    yield {item, image: result};
}

/** Names an image that cannot be read; the reason without the name before it. */
export function leaveOutImage(run: RunContext, set: string, id: string, error: unknown): void {
  const message = messageOf(error);
  run.leaveOut(`${set}: ${id}`, message.startsWith(`${id}: `) ? message.slice(id.length + 2) : message);
}
