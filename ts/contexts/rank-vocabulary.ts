import type {FloatTensor} from '../binding/contract.js';
import {SynoodError} from '../binding/errors.js';
import type {EngineCore} from '../engine/engine-core.js';

export interface RankOptions {
  /** words for each image */
  count: number;
  /** share of the vocabulary, nearest to the class name, that is never a context of the class */
  dropNearest: number;
  signal?: AbortSignal;
}

export interface RankInput {
  /** (N, D) of the images */
  images: FloatTensor;
  /** (C, D) of the class names */
  classes: FloatTensor;
  /** of each image, an index into the classes */
  labels: number[];
  /** (V, D) of the words */
  words: FloatTensor;
  /** words that are never contexts of a class, by class and word */
  isClassName: (label: number, word: number) => boolean;
}

const ROWS = 128;

function unitRow({data, shape}: FloatTensor, row: number): Float32Array {
  const width = shape[1]!;
  const values = data.slice(row * width, (row + 1) * width);
  let squares = 0;
  for (const value of values) squares += value * value;
  const norm = Math.sqrt(squares) || 1;
  return values.map((value) => value / norm);
}

/** What an image shows beside its class: f - (f . t) t, both of unit length. */
function withoutClass(image: Float32Array, name: Float32Array): Float32Array {
  let along = 0;
  image.forEach((value, at) => (along += value * name[at]!));
  return image.map((value, at) => value - along * name[at]!);
}

/** Indices from the largest value down; equal values in the order of their indices. */
function descending(values: Float32Array): number[] {
  return Array.from(values.keys()).sort((a, b) => values[b]! - values[a]! || a - b);
}

/** For each class the words that may be its contexts: not its own name, nor what CLIP takes for nearly the same. */
async function allowedWords(
  engine: EngineCore,
  input: RankInput,
  options: RankOptions,
): Promise<Set<number>[]> {
  const {classes, words, isClassName} = input;
  const {data} = await engine.run((native) => native.cosines(classes, words), options.signal);
  const count = words.shape[0]!;
  const dropped = Math.floor(options.dropNearest * count);
  return Array.from({length: classes.shape[0]!}, (_, label) => {
    const order = descending(data.subarray(label * count, (label + 1) * count));
    return new Set(order.slice(dropped).filter((word) => !isClassName(label, word)));
  });
}

/**
 * Contextual elements of images, without a language model: the words whose CLIP text features are nearest to the image's
 * feature less its part along the class name.
 *
 * @returns for each image, word indices from the nearest on
 * @throws SynoodError ERR_VALUE if no word is left for a class
 */
export async function rankVocabulary(
  engine: EngineCore,
  input: RankInput,
  options: RankOptions,
): Promise<number[][]> {
  const allowed = await allowedWords(engine, input, options);
  const {images, labels, words} = input;
  const [total, width] = images.shape as [number, number];
  const wordCount = words.shape[0]!;
  const names = allowed.map((_, label) => unitRow(input.classes, label));
  const ranked: number[][] = [];
  for (let at = 0; at < total; at += ROWS) {
    const rows = Math.min(ROWS, total - at);
    const rest = new Float32Array(rows * width);
    for (let row = 0; row < rows; row++) {
      rest.set(withoutClass(unitRow(images, at + row), names[labels[at + row]!]!), row * width);
    }
    const {data} = await engine.run(
      (native) => native.cosines({data: rest, shape: [rows, width]}, words),
      options.signal,
    );
    for (let row = 0; row < rows; row++) {
      const label = labels[at + row]!;
      const order = descending(data.subarray(row * wordCount, (row + 1) * wordCount));
      const chosen = order.filter((word) => allowed[label]!.has(word)).slice(0, options.count);
      if (chosen.length === 0) {
        throw new SynoodError(
          'ERR_VALUE',
          'No word of the context vocabulary is left for a class. Give more words in data.contextVocabulary, or a smaller contexts.dropNearest.',
        );
      }
      ranked.push(chosen);
    }
  }
  return ranked;
}
