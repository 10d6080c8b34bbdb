/** What a sample has been through, a number an iteration. */
export interface Trajectory {
  scores: number[];
  /** of the loss in the noise; 0 where none was computed */
  gradientNorms: number[];
  /** as the step rule took them; 0 where the noise did not move */
  stepSizes: number[];
}

/** What lies in each place of a batch, and what has become of it. */
export class Slots<T> {
  readonly #places: ({entry: T; trajectory: Trajectory} | undefined)[];

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
    this.#places[slot] = {entry, trajectory: {scores: [], gradientNorms: [], stepSizes: []}};
  }

  reported(
    slot: number,
    {score, gradientNorm, stepSize}: {score: number; gradientNorm: number; stepSize: number},
  ): {entry: T; trajectory: Trajectory} {
    const place = this.#places[slot]!;
    place.trajectory.scores.push(score);
    place.trajectory.gradientNorms.push(gradientNorm);
    place.trajectory.stepSizes.push(stepSize);
    return place;
  }

  clear(slot: number): void {
    this.#places[slot] = undefined;
  }
}
