import type {FloatTensor} from '../binding/contract.js';
import {encodeLabels} from '../features/prompt-ensemble.js';
import type {EncodeTextsOptions} from '../features/encode-texts.js';
import type {Clip} from '../models/clip.js';

export interface ZeroShotLabel {
  label: string;
  /** softmax over all labels at the model's own scale */
  probability: number;
  cosine: number;
}

/**
 * CLIP as a classifier of labels in words (Radford et al., 2021).
 *
 *     const zeroShot = await ZeroShot.create(clip, ['owl', 'camel'], {templates: ['a photo of a {}']});
 *     const [best] = (await zeroShot.classify(await clip.encodeImages(['photo.jpg'])))[0];
 */
export class ZeroShot {
  private constructor(
    private readonly clip: Clip,
    readonly labels: readonly string[],
    private readonly features: FloatTensor,
    private readonly scale: number,
  ) {}

  /** @throws SynoodError ERR_VALUE if there is no label, or a template has no "{}" */
  static async create(
    clip: Clip,
    labels: readonly string[],
    options: {templates?: readonly string[]} & EncodeTextsOptions = {},
  ): Promise<ZeroShot> {
    const features = await encodeLabels(clip, labels, options.templates, options);
    return new ZeroShot(clip, labels, features, await clip.logitScale());
  }

  /**
   * @param images  (N, D) image features, of any length
   * @param top     labels told of each image; default 5
   * @returns for each image its labels, the most probable first
   */
  async classify(images: FloatTensor, top = 5, signal?: AbortSignal): Promise<ZeroShotLabel[][]> {
    if (images.shape[0] === 0) return [];
    const {data} = await this.clip.engine.run((native) => native.cosines(images, this.features), signal);
    const count = this.labels.length;
    return Array.from({length: images.shape[0]!}, (_, row) => {
      const cosines = data.subarray(row * count, (row + 1) * count);
      const best = cosines.reduce((most, one) => Math.max(most, one), -Infinity);
      const weights = Float64Array.from(cosines, (cosine) => Math.exp(this.scale * (cosine - best)));
      const sum = weights.reduce((total, weight) => total + weight, 0);
      const order = Array.from(cosines.keys()).sort((a, b) => cosines[b]! - cosines[a]! || a - b);
      return order.slice(0, top).map((at) => ({
        label: this.labels[at]!,
        probability: weights[at]! / sum,
        cosine: cosines[at]!,
      }));
    });
  }
}
