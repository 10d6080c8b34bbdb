import {SynoodError} from '../binding/errors.js';
import type {Inpainter} from '../models/inpainter.js';
import type {InpaintSettings} from './options.js';

/** Settings with their defaults, checked. */
export interface CheckedSettings {
  width: number;
  height: number;
  strength: number;
  guidanceScale: number;
  steps: number;
  batchSize: number;
  deterministic: boolean;
  dilate: number;
  blur: number;
  /** pixels around the mask; undefined: the whole image */
  padding?: number;
  pasteBack: boolean;
}

const DEFAULT_PADDING = 32;
/** diffusers' pipeline of Stable Diffusion XL keeps a trace of the image. */
const DEFAULT_STRENGTH = {sd: 1, sdxl: 0.9999};

function wholeNumber(name: string, value: number): number {
  if (Number.isInteger(value) && value > 0) return value;
  throw new SynoodError('ERR_VALUE', `Expected ${name} to be a positive whole number, got ${value}.`);
}

function atLeastZero(name: string, value: number): number {
  if (value >= 0 && Number.isFinite(value)) return value;
  throw new SynoodError('ERR_VALUE', `Expected ${name} to be zero or more, got ${value}.`);
}

/** diffusers: min(trunc(steps * strength), steps) steps are done. */
function checkStrength(strength: number, steps: number): number {
  if (!(strength > 0 && strength <= 1)) {
    throw new SynoodError('ERR_VALUE', `Expected strength above 0 and at most 1, got ${strength}.`);
  }
  if (Math.trunc(steps * strength) > 0) return strength;
  throw new SynoodError(
    'ERR_VALUE',
    `A strength of ${strength} leaves none of ${steps} steps. Give more steps, or a strength of at least ${1 / steps}.`,
  );
}

function side(name: string, value: number, factor: number): number {
  if (Number.isInteger(value) && value > 0 && value % factor === 0) return value;
  throw new SynoodError(
    'ERR_SHAPE',
    `Expected ${name} to be a positive multiple of ${factor}, the autoencoder's factor, got ${value}.`,
  );
}

/** @throws SynoodError ERR_SHAPE or ERR_VALUE naming the setting */
export function checkSettings(inpainter: Inpainter, settings: InpaintSettings): CheckedSettings {
  const factor = inpainter.vae.scaleFactor;
  const native = inpainter.unet.config.sampleSize * factor;
  const steps = wholeNumber('steps', settings.steps ?? 50);
  const guidanceScale = settings.guidanceScale ?? 7.5;
  if (!Number.isFinite(guidanceScale)) {
    throw new SynoodError('ERR_VALUE', `Expected guidanceScale to be a number, got ${guidanceScale}.`);
  }
  const {crop = false} = settings;
  const padding = crop === true ? DEFAULT_PADDING : crop === false ? undefined : crop;
  return {
    width: side('width', settings.width ?? native, factor),
    height: side('height', settings.height ?? native, factor),
    strength: checkStrength(settings.strength ?? DEFAULT_STRENGTH[inpainter.family], steps),
    guidanceScale,
    steps,
    batchSize: wholeNumber('batchSize', settings.batchSize ?? 1),
    deterministic: settings.deterministic ?? inpainter.engine.deterministic,
    dilate: atLeastZero('dilate', settings.dilate ?? 0),
    blur: atLeastZero('blur', settings.blur ?? 0),
    padding: padding === undefined ? undefined : atLeastZero('crop', padding),
    pasteBack: settings.pasteBack ?? true,
  };
}
