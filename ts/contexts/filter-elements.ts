import type {FloatTensor} from '../binding/contract.js';
import type {EngineCore} from '../engine/engine-core.js';
import {subjectTest, type Synonyms} from '../wordnet/synonyms.js';

/** An element that was taken out, and why. */
export interface DroppedElement {
  element: string;
  reason: 'is the subject' | 'CLIP takes it for the subject';
}

export interface FilteredElements {
  /** the nearest to what the image shows beside its class first */
  kept: string[];
  dropped: DroppedElement[];
}

export interface ImageElements {
  /** index into the classes */
  label: number;
  elements: string[];
}

export interface FilterInput {
  images: readonly ImageElements[];
  /** (N, D) of the images */
  features: FloatTensor;
  names: readonly string[];
  /** (C, D) of the class names' prompts */
  classes: FloatTensor;
  /** (V, D) of ordinary words: how near to a class name is too near is a quantile of theirs */
  words: FloatTensor;
  /** elements -> (E, D), as the words are encoded */
  encode(elements: string[]): Promise<FloatTensor>;
  synonyms: Synonyms;
}

export interface FilterOptions {
  /** share of the ordinary words that is nearer to a class name than any context of it */
  dropNearest: number;
  signal?: AbortSignal;
}

function unitRows({data, shape}: FloatTensor): Float32Array {
  const [rows, width] = shape as [number, number];
  const unit = new Float32Array(data.length);
  for (let row = 0; row < rows; row++) {
    let squares = 0;
    for (let at = row * width; at < (row + 1) * width; at++) squares += data[at]! ** 2;
    const scale = 1 / (Math.sqrt(squares) || 1);
    for (let at = row * width; at < (row + 1) * width; at++) unit[at] = data[at]! * scale;
  }
  return unit;
}

function dot(a: Float32Array, i: number, b: Float32Array, j: number, width: number): number {
  let sum = 0;
  for (let at = 0; at < width; at++) sum += a[i * width + at]! * b[j * width + at]!;
  return sum;
}

/** For each class the cosine above which a word is taken for the class itself: that of its nearest words but a share. */
async function limits(
  engine: EngineCore,
  {classes, words}: FilterInput,
  {dropNearest, signal}: FilterOptions,
): Promise<number[]> {
  const {data, shape} = await engine.run((native) => native.cosines(classes, words), signal);
  const [rows, count] = shape as [number, number];
  const dropped = Math.floor(dropNearest * count);
  return Array.from({length: rows}, (_, row) => {
    const sorted = data.slice(row * count, (row + 1) * count).sort();
    return dropped === 0 ? Infinity : sorted[count - dropped]!;
  });
}

/**
 * Takes out of images' contextual elements what is not context, whatever named them: the subject and its synonyms (WordNet), and what
 * CLIP finds about as near to the class name as the nearest ordinary words. The rest is ranked by the image's feature less its part
 * along the class name, f - (f . t) t.
 */
export async function filterElements(
  engine: EngineCore,
  input: FilterInput,
  options: FilterOptions,
): Promise<FilteredElements[]> {
  const {images, features, names, classes, synonyms} = input;
  const width = classes.shape[1]!;
  const tests = names.map((name) => subjectTest(synonyms.of(name)));
  const unique = [...new Set(images.flatMap(({elements}) => elements))];
  const place = new Map(unique.map((element, at) => [element, at]));
  const encoded = unique.length > 0 ? unitRows(await input.encode(unique)) : new Float32Array();
  const tooNear = await limits(engine, input, options);
  const [unitImages, unitClasses] = [unitRows(features), unitRows(classes)];
  return images.map(({label, elements}, row) => {
    const dropped: DroppedElement[] = [];
    const along = dot(unitImages, row, unitClasses, label, width);
    const ranked: {element: string; beside: number}[] = [];
    for (const element of elements) {
      const at = place.get(element)!;
      const toClass = dot(encoded, at, unitClasses, label, width);
      if (tests[label]!(element)) dropped.push({element, reason: 'is the subject'});
      else if (toClass >= tooNear[label]!) dropped.push({element, reason: 'CLIP takes it for the subject'});
      else ranked.push({element, beside: dot(unitImages, row, encoded, at, width) - along * toClass});
    }
    return {kept: ranked.sort((a, b) => b.beside - a.beside).map(({element}) => element), dropped};
  });
}
