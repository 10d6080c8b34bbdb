import type {Random} from './random.js';

/**
 * How much a drawing may differ from its artist's hand. Artists differ in palette, outline, proportions and detail, so
 * a model that shall read a new artist must have seen these vary. All are half-widths or probabilities; 0 is as drawn.
 */
export interface Augmentation {
  /** degrees of hue rotation */
  hue: number;
  /** factor on the colourfulness: 1 - saturation to 1 + saturation */
  saturation: number;
  /** factor on the distance from mid-grey */
  contrast: number;
  /** factor on the light */
  brightness: number;
  /** probability of grey instead of colour */
  greyscale: number;
  /** probability of losing the outline: what lies near the drawing's edge */
  erosion: number;
  /** probability of losing detail: drawn from half as many pixels */
  softness: number;
  /** factor on width against height */
  stretch: number;
  /** factor on the size: 1 - scale to 1 + scale / 3 */
  scale: number;
  /** pixels that the subject may be pushed out of the middle, and so partly out of the picture */
  shift: number;
  /** degrees added to the rotation */
  rotation: number;
}

export const noAugmentation: Augmentation = {
  hue: 0,
  saturation: 0,
  contrast: 0,
  brightness: 0,
  greyscale: 0,
  erosion: 0,
  softness: 0,
  stretch: 0,
  scale: 0,
  shift: 0,
  rotation: 0,
};

/** For training a model that shall recognise the work of an artist it has never seen. */
export const strongAugmentation: Augmentation = {
  hue: 28,
  saturation: 0.6,
  contrast: 0.35,
  brightness: 0.25,
  greyscale: 0.12,
  erosion: 0.25,
  softness: 0.25,
  stretch: 0.15,
  scale: 0.3,
  shift: 7,
  rotation: 12,
};

/** Half of it, for a model that shall know its own artists well too. */
export const mildAugmentation = Object.fromEntries(
  Object.entries(strongAugmentation).map(([name, value]) => [name, (value as number) / 2]),
) as unknown as Augmentation;

/** What one drawing looks like once its dice are thrown. */
export interface Look {
  /** (3, 3) row by row, then an offset for each channel at full alpha */
  colour: Float32Array;
  /** the alpha of the blurred drawing below which nothing is painted; 0 paints all */
  erosion: number;
  soft: boolean;
  stretch: number;
}

/** Rec. 601 luma: how light a colour looks. */
const luma = [0.299, 0.587, 0.114] as const;

/** Rotation of colours about the grey axis by an angle, in radians: greys stay, lightness nearly. */
function hueRotation(angle: number): number[] {
  const cosine = Math.cos(angle);
  const third = (1 - cosine) / 3;
  const sine = Math.sin(angle) / Math.sqrt(3);
  const [p, q, r] = [cosine + third, third - sine, third + sine];
  return [p, q, r, r, p, q, q, r, p];
}

/** Throws the dice for one drawing. */
export function drawLook(random: Random, augmentation: Augmentation): Look {
  const hue = hueRotation((random.range(-1, 1) * augmentation.hue * Math.PI) / 180);
  const colourful = 1 + random.range(-1, 1) * augmentation.saturation;
  const saturation = random.chance(augmentation.greyscale) ? 0 : colourful;
  const contrast = 1 + random.range(-1, 1) * augmentation.contrast;
  const brightness = 1 + random.range(-1, 1) * augmentation.brightness;
  const gain = contrast * brightness;
  const colour = new Float32Array(12);
  for (let row = 0; row < 3; row++) {
    for (let column = 0; column < 3; column++) {
      let grey = 0;
      for (let k = 0; k < 3; k++) grey += luma[k]! * hue[k * 3 + column]!;
      colour[row * 3 + column] = gain * (saturation * hue[row * 3 + column]! + (1 - saturation) * grey);
    }
    colour[9 + row] = 127.5 * (1 - contrast) * brightness;
  }
  return {
    colour,
    erosion: random.chance(augmentation.erosion) ? random.range(0.4, 0.65) : 0,
    soft: random.chance(augmentation.softness),
    stretch: 1 + random.range(-1, 1) * augmentation.stretch,
  };
}
