import type {FloatTensor} from '../binding/contract.js';
import type {EngineCore} from '../engine/engine-core.js';

/**
 * Maximum concept matching (Ming et al., 2022): the largest softmax probability over the classes, of unscaled cosines.
 *
 * @param features     (N, D) of images
 * @param classes      (C, D) of class prompts
 * @param temperature  1 as published
 */
export async function mcmScores(
  engine: EngineCore,
  features: FloatTensor,
  classes: FloatTensor,
  temperature: number,
  signal?: AbortSignal,
): Promise<Float32Array> {
  if (features.shape[0] === 0) return new Float32Array();
  const {data, shape} = await engine.run((native) => native.cosines(features, classes), signal);
  const [count, width] = shape as [number, number];
  return Float32Array.from({length: count}, (_, row) => {
    const cosines = data.subarray(row * width, (row + 1) * width);
    const top = cosines.reduce((a, b) => Math.max(a, b), -Infinity);
    let sum = 0;
    for (const cosine of cosines) sum += Math.exp((cosine - top) / temperature);
    return 1 / sum;
  });
}
