import type {RgbImage} from './image.js';

/** Images in a row, `gap` white pixels between them, aligned at the top. */
export function sideBySide(images: readonly RgbImage[], gap = 4): RgbImage {
  const width = images.reduce((sum, image) => sum + image.width, gap * (images.length - 1));
  const height = Math.max(...images.map((image) => image.height));
  const data = new Uint8Array(width * height * 3).fill(255);
  let left = 0;
  for (const image of images) {
    for (let y = 0; y < image.height; y++) {
      const row = image.data.subarray(y * image.width * 3, (y + 1) * image.width * 3);
      data.set(row, (y * width + left) * 3);
    }
    left += image.width + gap;
  }
  return {data, width, height};
}
