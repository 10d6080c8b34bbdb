/** Zero-shot classification as the measurements of Emoji World need it. */

const batchSize = 32;

/**
 * @param {{encodeText: Function, encodeImages: Function}} clip  a loaded CLIP model
 * @param {readonly string[]} names  what an image may show
 * @returns {Promise<(images: object[], candidates: readonly number[]) => Promise<number[]>>} of each image the name, by its
 *   place, whose caption is nearest among the candidates
 */
export async function clipNamer(clip, names) {
  const words = await clip.encodeText(
    names.map((name) => `a photo of a ${name}`),
    {batchSize},
  );
  const row = ({data, shape: [, width]}, index) => data.subarray(index * width, (index + 1) * width);
  const dot = (a, b) => a.reduce((sum, value, at) => sum + value * b[at], 0);
  const lengths = names.map((_, index) => Math.hypot(...row(words, index)));
  return async (images, candidates) => {
    const features = await clip.encodeImages(images, {batchSize});
    return images.map((_, index) => {
      const likeness = candidates.map((name) => dot(row(features, index), row(words, name)) / lengths[name]);
      return candidates[likeness.indexOf(Math.max(...likeness))];
    });
  };
}
