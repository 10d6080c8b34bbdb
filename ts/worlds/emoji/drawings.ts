import sharp from 'sharp';
import {SynoodError} from '../../binding/errors.js';
import {emojiAsset} from './assets.js';
import {atlas, concepts, type Artist} from './concepts.js';

/** Square RGBA pixels, colours multiplied by alpha, so that bilinear sampling has clean edges. */
export interface Level {
  size: number;
  rgba: Uint8Array;
}

/** A drawing at 48, 24 and 12 pixels: small ones are sampled from a smaller level, or they would shimmer. */
export interface Drawing {
  levels: [Level, Level, Level];
}

/** Every artist's drawing of every concept, decoded. */
export class Drawings {
  private readonly byKey = new Map<string, Drawing>();

  /** Decodes the atlases: some 14 MB of pixels, a fifth of a second. */
  static async load(): Promise<Drawings> {
    const drawings = new Drawings();
    const artists = new Set(concepts.flatMap((concept) => concept.artists));
    await Promise.all([...artists].map((artist) => drawings.read(artist)));
    return drawings;
  }

  private constructor() {}

  /** @throws SynoodError ERR_VALUE if the artist has not drawn it */
  get(concept: number, artist: Artist): Drawing {
    const drawing = this.byKey.get(`${artist}/${concept}`);
    if (drawing) return drawing;
    const drawn = concepts[concept]?.artists.join(', ') ?? 'nobody: there is no such concept';
    throw new SynoodError(
      'ERR_VALUE',
      `Expected a drawing of concept ${concept} by ${artist}; it is drawn by ${drawn}. Choose one of these.`,
    );
  }

  private async read(artist: Artist): Promise<void> {
    const {data, info} = await sharp(emojiAsset('drawings', `${artist}.png`))
      .ensureAlpha()
      .raw()
      .toBuffer({resolveWithObject: true});
    for (const [index, concept] of concepts.entries()) {
      if (!concept.artists.includes(artist)) continue;
      const full = cut(data, info.width, index);
      const half = halve(full);
      this.byKey.set(`${artist}/${index}`, {levels: [full, half, halve(half)]});
    }
  }
}

function cut(pixels: Buffer, width: number, index: number): Level {
  const size = atlas.cell;
  const left = (index % atlas.columns) * size;
  const top = Math.floor(index / atlas.columns) * size;
  const rgba = new Uint8Array(size * size * 4);
  for (let y = 0; y < size; y++) {
    for (let x = 0; x < size; x++) {
      const from = ((top + y) * width + left + x) * 4;
      const to = (y * size + x) * 4;
      const alpha = pixels[from + 3]!;
      for (let c = 0; c < 3; c++) rgba[to + c] = Math.round((pixels[from + c]! * alpha) / 255);
      rgba[to + 3] = alpha;
    }
  }
  return {size, rgba};
}

function halve({size: from, rgba: source}: Level): Level {
  const size = from / 2;
  const rgba = new Uint8Array(size * size * 4);
  for (let y = 0; y < size; y++) {
    for (let x = 0; x < size; x++) {
      for (let c = 0; c < 4; c++) {
        const at = (2 * y * from + 2 * x) * 4 + c;
        const sum = source[at]! + source[at + 4]! + source[at + from * 4]! + source[at + from * 4 + 4]!;
        rgba[(y * size + x) * 4 + c] = Math.round(sum / 4);
      }
    }
  }
  return {size, rgba};
}
