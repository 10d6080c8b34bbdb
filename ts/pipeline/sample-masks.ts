import {boxMask} from '../data/mask.js';
import {subjectMask} from '../inpainting/subject-mask.js';
import type {SynthesisInput} from '../synthesis/synthesizer.js';
import type {RunContext} from './run-context.js';

type MaskOf = (image: {class: string}) => SynthesisInput['mask'];

/** In shares of the picture: left, top, right, bottom. */
type Box = readonly [number, number, number, number];

const CENTER: Box = [0.25, 0.25, 0.75, 0.75];

function boxed([left, top, right, bottom]: Box): SynthesisInput['mask'] {
  return ({width, height}) =>
    boxMask(width, height, {
      left: Math.round(left * width),
      top: Math.round(top * height),
      right: Math.round(right * width),
      bottom: Math.round(bottom * height),
    });
}

/** What of each chosen image is painted anew: `synthesize.mask`. */
export async function sampleMasks(run: RunContext): Promise<MaskOf> {
  const {mask} = run.config.synthesize;
  if (mask === 'full') return () => undefined;
  if (mask !== 'subject') {
    const box = boxed(mask === 'center' ? CENTER : mask.box);
    return () => box;
  }
  const clip = await run.models.clip();
  const names = new Map((await run.data.classes()).map(({id, name}) => [id, name]));
  return (chosen) => (image, signal) =>
    subjectMask(clip, image, names.get(chosen.class) ?? chosen.class, {signal});
}
