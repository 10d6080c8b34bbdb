import {hashFile, hashJson} from '../../data/files/canonical-hash.js';
import {mapAhead} from '../../data/map-ahead.js';
import {SynoodError} from '../../binding/errors.js';
import {abortError} from '../../engine/native-call.js';

const READ_AHEAD = 6;

/**
 * A hash of the images' contents in their order, as the feature bank tells images apart: names, places and times do not matter,
 * a changed byte does. A file that cannot be read counts as such; whether that matters is for who decodes it to say.
 */
export async function imagesHash(paths: readonly string[], signal?: AbortSignal): Promise<string> {
  const keys: string[] = [];
  const keyOf = async (path: string) => {
    if (signal?.aborted) throw abortError(signal);
    try {
      return await hashFile(path);
    } catch (error) {
      if (error instanceof SynoodError && error.code === 'ERR_IO') return 'not readable';
      throw error;
    }
  };
  for await (const key of mapAhead(paths, READ_AHEAD, keyOf)) keys.push(key);
  return hashJson(keys);
}
