import {messageOf, SynoodError} from '../binding/errors.js';
import {decodeImage, type RgbImage} from '../data/image.js';
import {checkAborted, type RunContext} from './run-context.js';

export interface NamedImage {
  id: string;
  path: string;
}

/** sharp decodes on other threads: a few images ahead keep them busy. */
const AHEAD = 4;

/**
 * Decodes images in order, some ahead. One that cannot be read is named with its reason, and the rest goes on.
 *
 * @param set  what messages call the images
 */
export async function* readImages<T extends NamedImage>(
  run: RunContext,
  set: string,
  items: readonly T[],
): AsyncGenerator<{item: T; image: RgbImage}, void, undefined> {
  const pending: Promise<{item: T; image?: RgbImage; error?: unknown}>[] = [];
  let next = 0;
  const start = () => {
    const item = items[next++]!;
    pending.push(
      decodeImage(item.path, {name: item.id}).then(
        (image) => ({item, image}),
        (error: unknown) => ({item, error}),
      ),
    );
  };
  while (next < items.length || pending.length > 0) {
    checkAborted(run);
    while (next < items.length && pending.length < AHEAD) start();
    const {item, image, error} = await pending.shift()!;
    if (image) yield {item, image};
    else if (error instanceof SynoodError && error.code === 'ERR_IMAGE')
      leaveOutImage(run, set, item.id, error);
    else throw error;
  }
}

/** Names an image that cannot be read; the reason without the name before it. */
export function leaveOutImage(run: RunContext, set: string, id: string, error: unknown): void {
  const message = messageOf(error);
  run.leaveOut(`${set}: ${id}`, message.startsWith(`${id}: `) ? message.slice(id.length + 2) : message);
}
