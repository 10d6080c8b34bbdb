import sharp, {type Sharp} from 'sharp';
import {type ContactSheet, type Picture} from './report-data.js';

/** A picture is never drawn larger than it is. */
const within = (image: Sharp, edge: number): Sharp =>
  image.autoOrient().resize({width: edge, height: edge, fit: 'inside', withoutEnlargement: true});

const address = (webp: Buffer): string => `data:image/webp;base64,${webp.toString('base64')}`;

const webpOf = async (image: Sharp, quality: number, effort = 4): Promise<string> =>
  address(await image.webp({quality, effort, smartSubsample: effort > 2}).toBuffer());

/** A picture as a `data:` address, its longer edge at most so many pixels. @throws what sharp throws */
export const encodePicture = (picture: Picture, edge: number, quality: number): Promise<string> =>
  webpOf(within(sharp(picture), edge), quality);

/** A square of RGB pixels, cut from the middle. @throws what sharp throws */
export const squareOf = (picture: Picture, edge: number): Promise<Buffer> =>
  sharp(picture)
    .autoOrient()
    .flatten({background: '#fff'})
    .resize(edge, edge, {fit: 'cover'})
    .toColourspace('srgb')
    .raw()
    .toBuffer();

interface SheetOptions {
  /** Pixels of a square's side as it was decoded. */
  edge: number;
  columns: number;
  quality: number;
  effort?: number;
  /** Pixels of a square's side on the sheet. Making all of them smaller at once is cheaper than one by one. */
  shown?: number;
}

/** Squares of RGB pixels beside each other, in rows of `columns`, as a `data:` address; the rest is black. */
export function encodeSquares(
  squares: readonly (Buffer | null)[],
  {edge, columns, quality, effort, shown = edge}: SheetOptions,
): Promise<string> {
  const across = Math.min(columns, squares.length);
  const down = Math.ceil(squares.length / columns);
  const [width, height] = [edge * across, edge * down];
  const pixels = Buffer.alloc(width * height * 3);
  for (const [index, square] of squares.entries()) {
    if (!square) continue;
    const start = (Math.floor(index / columns) * edge * width + (index % columns) * edge) * 3;
    for (let y = 0; y < edge; y++)
      square.copy(pixels, start + y * width * 3, y * edge * 3, (y + 1) * edge * 3);
  }
  const sheet = sharp(pixels, {raw: {width, height, channels: 3}});
  const sized = shown < edge ? sheet.resize(shown * across, shown * down, {fit: 'fill'}) : sheet;
  return webpOf(sized, quality, effort);
}

/** The pictures of a contact sheet, from its first row on. @throws what sharp throws */
export async function squaresOfSheet({sheet, count, columns}: ContactSheet, edge: number): Promise<Buffer[]> {
  const {data, info} = await sharp(sheet)
    .flatten({background: '#fff'})
    .toColourspace('srgb')
    .raw()
    .toBuffer({resolveWithObject: true});
  const side = Math.floor(info.width / Math.min(columns, count));
  const places = Array.from({length: count}, (_, index) => ({
    left: side * (index % columns),
    top: side * Math.floor(index / columns),
    width: side,
    height: side,
  }));
  const raw = {width: info.width, height: info.height, channels: info.channels};
  return Promise.all(
    places.map((place) =>
      sharp(data, {raw}).extract(place).resize(edge, edge, {fit: 'cover'}).raw().toBuffer(),
    ),
  );
}
