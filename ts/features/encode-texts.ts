import type {FloatTensor} from '../binding/contract.js';
import {hashBytes} from '../data/files/canonical-hash.js';
import type {Clip} from '../models/clip.js';
import {abortError} from '../engine/native-call.js';
import {computeOf} from './computation.js';
import type {FeatureSpace} from './feature-space.js';
import type {FeatureStore} from './feature-store.js';

/** Texts between two looks at the signal. */
const CHUNK = 512;

export interface EncodeTextsOptions {
  /** features that are there are read, others are added; of clipTextSpace */
  store?: FeatureStore;
  batchSize?: number;
  signal?: AbortSignal;
  onProgress?: (done: number, total: number) => void;
}

/** CLIP's text features, "text" (N, D): the projection's output, not normalised. Keys are SHA-256 of the texts. */
export async function clipTextSpace(clip: Clip, batchSize = 32): Promise<FeatureSpace> {
  const {text} = clip.config;
  return {
    kind: 'clip-text',
    model: await clip.fingerprint(),
    preprocessing: {tokenizer: clip.tokenizer.fingerprint},
    compute: computeOf(clip.engine, batchSize),
    widths: {text: text!.projectionDim || text!.hiddenSize},
  };
}

/** Text features (N, D), a part at a time so that a long vocabulary stops when it is told to. */
export async function encodeTexts(
  clip: Clip,
  texts: readonly string[],
  {store, batchSize = 32, signal, onProgress}: EncodeTextsOptions = {},
): Promise<FloatTensor> {
  const width = clip.config.text!.projectionDim || clip.config.text!.hiddenSize;
  const data = new Float32Array(texts.length * width);
  for (let at = 0; at < texts.length; at += CHUNK) {
    if (signal?.aborted) throw abortError(signal);
    const part = texts.slice(at, at + CHUNK);
    const keys = part.map(hashBytes);
    const stored = (await store?.read(keys)) ?? [];
    const missing = part.flatMap((_, index) => (stored[index] ? [] : [index]));
    stored.forEach((row, index) => row && data.set(row['text']!, (at + index) * width));
    if (missing.length > 0) {
      const {data: fresh} = await clip.encodeText(
        missing.map((index) => part[index]!),
        {batchSize, signal},
      );
      for (const [row, index] of missing.entries()) {
        const values = fresh.subarray(row * width, (row + 1) * width);
        data.set(values, (at + index) * width);
        await store?.append(keys[index]!, {text: values});
      }
    }
    onProgress?.(at + part.length, texts.length);
  }
  await store?.flush();
  return {data, shape: [texts.length, width]};
}
