/** A rectangle in pixels, the right and lower ends not included. */
export interface Region {
  left: number;
  top: number;
  right: number;
  bottom: number;
}

export const widthOf = ({left, right}: Region): number => right - left;
export const heightOf = ({top, bottom}: Region): number => bottom - top;

/** Copies a rectangle out of interleaved pixels. The region lies within them. */
export function cutRegion(data: Uint8Array, width: number, region: Region, channels: number): Uint8Array {
  const row = widthOf(region) * channels;
  const result = new Uint8Array(heightOf(region) * row);
  for (let y = region.top; y < region.bottom; y++) {
    const start = (y * width + region.left) * channels;
    result.set(data.subarray(start, start + row), (y - region.top) * row);
  }
  return result;
}

/** Copies a rectangle's pixels back to where cutRegion took them from. */
export function putRegion(
  target: Uint8Array,
  width: number,
  region: Region,
  source: Uint8Array,
  channels: number,
): void {
  const row = widthOf(region) * channels;
  for (let y = region.top; y < region.bottom; y++) {
    const from = (y - region.top) * row;
    target.set(source.subarray(from, from + row), (y * width + region.left) * channels);
  }
}
