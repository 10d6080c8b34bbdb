/**
 * Random numbers that depend on names alone: `Random.of(seed, 'train', 17)` gives the same stream on every machine,
 * whatever was drawn before. Not for secrets.
 *
 * The generator is sfc32 (Doty-Humphrey, PractRand); its 128-bit state comes from four interleaved multiply-xor hashes
 * of the key's text.
 */
export class Random {
  private a = 0;
  private b = 0;
  private c = 0;
  private counter = 1;

  /** A generator for a key; the parts are told apart, so ('1', 11) and (11, '1') differ. */
  static of(...key: (string | number)[]): Random {
    const random = new Random();
    const words = [1779033703, 3144134277, 1013904242, 2773480762];
    const factors = [597399067, 2869860233, 951274213, 2716044179];
    const text = key.map((part) => `${typeof part === 'number' ? '#' : '$'}${part}`).join('\u0000');
    for (let at = 0; at < text.length; at++) {
      for (let lane = 0; lane < 4; lane++) {
        const mixed = words[(lane + 1) % 4]! ^ Math.imul(words[lane]! ^ text.charCodeAt(at), factors[lane]!);
        words[lane] = (mixed << 13) | (mixed >>> 19);
      }
    }
    [random.a, random.b, random.c, random.counter] = words as [number, number, number, number];
    for (let round = 0; round < 15; round++) random.uint32();
    return random;
  }

  private constructor() {}

  /** A whole number in [0, 2^32). */
  uint32(): number {
    const sum = (this.a + this.b + this.counter) | 0;
    this.counter = (this.counter + 1) | 0;
    this.a = this.b ^ (this.b >>> 9);
    this.b = (this.c + (this.c << 3)) | 0;
    this.c = ((this.c << 21) | (this.c >>> 11)) + sum;
    return sum >>> 0;
  }

  /** A number in [0, 1). */
  uniform(): number {
    return this.uint32() / 4294967296;
  }

  /** A number in [low, high). */
  range(low: number, high: number): number {
    return low + (high - low) * this.uniform();
  }

  /** A whole number in [0, count). */
  integer(count: number): number {
    return Math.floor(this.uniform() * count);
  }

  chance(probability: number): boolean {
    return this.uniform() < probability;
  }

  /** A standard normal number (Box and Muller, 1958). */
  gaussian(): number {
    const radius = Math.sqrt(-2 * Math.log(1 - this.uniform()));
    return radius * Math.cos(2 * Math.PI * this.uniform());
  }

  /** One element of a list that has any. */
  choice<T>(list: readonly T[]): T {
    return list[this.integer(list.length)]!;
  }

  /** A new list in a random order (Fisher and Yates). */
  shuffle<T>(list: readonly T[]): T[] {
    const shuffled = [...list];
    for (let last = shuffled.length - 1; last > 0; last--) {
      const other = this.integer(last + 1);
      [shuffled[last], shuffled[other]] = [shuffled[other]!, shuffled[last]!];
    }
    return shuffled;
  }

  /** `count` different elements, or all of them in a random order where there are fewer. */
  sample<T>(list: readonly T[], count: number): T[] {
    if (count * 4 > list.length) return this.shuffle(list).slice(0, count);
    const chosen = new Set<number>();
    while (chosen.size < count) chosen.add(this.integer(list.length));
    return [...chosen].map((index) => list[index]!);
  }
}
