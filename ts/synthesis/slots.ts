/** What lies in each place of a batch, and the scores that it has had. */
export class Slots<T> {
  readonly #places: ({entry: T; trajectory: number[]} | undefined)[];

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
    this.#places[slot] = {entry, trajectory: []};
  }

  scored(slot: number, score: number): {entry: T; trajectory: number[]} {
    const place = this.#places[slot]!;
    place.trajectory.push(score);
    return place;
  }

  clear(slot: number): void {
    this.#places[slot] = undefined;
  }
}
