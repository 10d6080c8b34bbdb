import type {RgbImage} from '../data/image.js';

/** What one iteration did to a sample. */
export interface Iteration {
  score: number;
  /** of the loss in the noise; 0 where none was computed */
  gradientNorm: number;
  /** as the step rule took it; 0 where the noise did not move */
  stepSize: number;
  /** the sample's share of the batch's time */
  seconds: number;
  /** of the image, where small pictures are asked for */
  preview?: RgbImage;
}

/** What lies in each place of a batch, and what has become of it. */
export class Slots<T> {
  readonly #places: ({entry: T; iterations: Iteration[]} | undefined)[];

  constructor(size: number) {
    this.#places = Array.from({length: size}, () => undefined);
  }

  get active(): number {
    return this.#places.filter((place) => place !== undefined).length;
  }

  free(): number[] {
    return this.#places.flatMap((place, slot) => (place === undefined ? [slot] : []));
  }

  put(slot: number, entry: T): void {
    this.#places[slot] = {entry, iterations: []};
  }

  reported(slot: number, iteration: Iteration): {entry: T; iterations: Iteration[]} {
    const place = this.#places[slot]!;
    place.iterations.push(iteration);
    return place;
  }

  clear(slot: number): void {
    this.#places[slot] = undefined;
  }
}
