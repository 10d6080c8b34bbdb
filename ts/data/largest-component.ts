import {binarise, type BinaryMask, type Mask} from './mask.js';

/** Numbers of the pixels that hang together with `start` over their sides, marked as seen. */
function flood({data, width}: BinaryMask, start: number, seen: Uint8Array): number[] {
  const pixels = [start];
  seen[start] = 1;
  for (const pixel of pixels) {
    const x = pixel % width;
    const beside = [pixel - width, pixel + width];
    if (x > 0) beside.push(pixel - 1);
    if (x < width - 1) beside.push(pixel + 1);
    for (const next of beside) {
      if (data[next] !== 255 || seen[next]) continue;
      seen[next] = 1;
      pixels.push(next);
    }
  }
  return pixels;
}

/**
 * The connected part (over sides, not corners) in which the weights sum highest, its holes filled.
 *
 * @param weights  one a pixel; default: all alike, so that the largest part wins
 */
export function largestComponent(mask: Mask, weights?: ArrayLike<number>): BinaryMask {
  const binary = binarise(mask);
  const seen = new Uint8Array(binary.data.length);
  let best: number[] = [];
  let bestSum = -Infinity;
  for (let start = binary.data.indexOf(255); start >= 0; start = binary.data.indexOf(255, start + 1)) {
    if (seen[start]) continue;
    const pixels = flood(binary, start, seen);
    const sum = weights ? pixels.reduce((total, pixel) => total + weights[pixel]!, 0) : pixels.length;
    if (sum > bestSum) [best, bestSum] = [pixels, sum];
  }
  const data = new Uint8Array(binary.data.length);
  for (const pixel of best) data[pixel] = 255;
  return fillHoles({...binary, data});
}

/** What cannot be reached from the border without crossing the mask belongs to it. */
function fillHoles(mask: BinaryMask): BinaryMask {
  const {width, height} = mask;
  const outside = {...mask, data: mask.data.map((value) => 255 - value)};
  const seen = new Uint8Array(outside.data.length);
  const begin = (pixel: number) => {
    if (outside.data[pixel] === 255 && !seen[pixel]) flood(outside, pixel, seen);
  };
  for (let x = 0; x < width; x++) {
    begin(x);
    begin((height - 1) * width + x);
  }
  for (let y = 0; y < height; y++) {
    begin(y * width);
    begin(y * width + width - 1);
  }
  return {...mask, data: seen.map((reached) => (reached ? 0 : 255))};
}
