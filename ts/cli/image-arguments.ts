import {stat} from 'node:fs/promises';
import {listImageFolder} from '../data/image-folder.js';

export interface ImageArguments {
  paths: string[];
  /** what lies in a folder and is no image */
  skipped: {path: string; reason: string}[];
}

/** Image files as they are; a folder stands for the images in it. */
export async function imagesOf(words: readonly string[]): Promise<ImageArguments> {
  const found: ImageArguments = {paths: [], skipped: []};
  for (const word of words) {
    const isFolder = await stat(word).then(
      (entry) => entry.isDirectory(),
      () => false,
    );
    if (!isFolder) {
      found.paths.push(word);
      continue;
    }
    const {items, skipped} = await listImageFolder(word);
    found.paths.push(...items.map(({path}) => path));
    found.skipped.push(...skipped.map(({path, reason}) => ({path: `${word}/${path}`, reason})));
  }
  return found;
}
