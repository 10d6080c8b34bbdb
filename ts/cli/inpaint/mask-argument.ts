import type {RgbImage} from '../../data/image.js';
import {boxMask, fullMask, type Mask} from '../../data/mask.js';
import {readMask} from '../../data/mask-file.js';
import type {Engine} from '../../models/engine.js';
import {UsageError} from '../usage-error.js';

/** What --mask may be. */
export type MaskArgument =
  | {kind: 'full'}
  | {kind: 'box'; x: number; y: number; width: number; height: number}
  | {kind: 'file'; path: string}
  | {kind: 'subject'; className: string; clip: string};

const HELP = 'synood inpaint --help';
const BOX = /^(-?\d+),(-?\d+),(\d+),(\d+)$/;

/** @throws UsageError if a box is none, or a subject has no class */
export function parseMask(word: string, className: string | undefined, clip: string): MaskArgument {
  if (word === 'full') return {kind: 'full'};
  if (word === 'subject') {
    if (className) return {kind: 'subject', className, clip};
    throw new UsageError(
      "--mask subject needs --class, what the image shows: --class 'golden retriever'.",
      HELP,
    );
  }
  const box = BOX.exec(word);
  if (box) {
    const [x, y, width, height] = box.slice(1).map(Number) as [number, number, number, number];
    return {kind: 'box', x, y, width, height};
  }
  if (/^[\d\s,.-]+$/.test(word)) {
    throw new UsageError(`Expected --mask to be four whole numbers x,y,width,height, got '${word}'.`, HELP);
  }
  return {kind: 'file', path: word};
}

/** @param open  opens an engine; only a subject needs one */
export async function makeMask(
  argument: MaskArgument,
  image: RgbImage,
  open: () => Promise<Engine>,
  signal?: AbortSignal,
): Promise<Mask> {
  const {width, height} = image;
  switch (argument.kind) {
    case 'full':
      return fullMask(width, height);
    case 'box': {
      const {x, y} = argument;
      const region = {left: x, top: y, right: x + argument.width, bottom: y + argument.height};
      return boxMask(width, height, region);
    }
    case 'file':
      return readMask(argument.path);
    case 'subject': {
      const {subjectMask} = await import('../../inpainting/subject-mask.js');
      using clip = await (await open()).loadClip(argument.clip);
      return await subjectMask(clip, image, argument.className, {signal});
    }
  }
}
