import type {RgbImage} from './image.js';

/** Tiles in a row of a contact sheet. */
export const SHEET_COLUMNS = 16;

/** Small pictures of one size beside each other, sixteen a row, without gaps; what is left of the last row is white. */
export function contactSheet(tiles: readonly RgbImage[]): RgbImage {
  const {width: w, height: h} = tiles[0]!;
  const width = w * Math.min(SHEET_COLUMNS, tiles.length);
  const height = h * Math.ceil(tiles.length / SHEET_COLUMNS);
  const data = new Uint8Array(width * height * 3).fill(255);
  for (const [index, tile] of tiles.entries()) {
    const left = w * (index % SHEET_COLUMNS);
    const top = h * Math.floor(index / SHEET_COLUMNS);
    for (let y = 0; y < h; y++)
      data.set(tile.data.subarray(y * w * 3, (y + 1) * w * 3), ((top + y) * width + left) * 3);
  }
  return {data, width, height};
}
