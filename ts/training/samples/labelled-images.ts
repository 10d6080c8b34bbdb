import {SynoodError} from '../../binding/errors.js';
import {type ImageItem, listImageFolder} from '../../data/image-folder.js';
import type {LeftOut} from '../jobs/job.js';

/** Images whose class is their folder. */
export interface LabelledImages {
  classes: string[];
  items: ImageItem[];
  leftOut: LeftOut[];
}

export const readableName = (folder: string): string => folder.replaceAll('_', ' ');

/** @throws SynoodError ERR_IO, ERR_CONFIG for a folder without images, ERR_VALUE naming an empty class */
export async function labelledImages(root: string): Promise<LabelledImages> {
  const {classes, items, skipped} = await listImageFolder(root);
  const named = items.filter(({className}) => className !== '');
  if (named.length === 0) {
    throw new SynoodError(
      'ERR_CONFIG',
      `${root} has no images in class folders; expected <class>/<image>, one folder a class.`,
    );
  }
  return {classes, items: named, leftOut: skipped.map(({path, reason}) => ({what: path, reason}))};
}
