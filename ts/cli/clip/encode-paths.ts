import type {FloatTensor} from '../../binding/contract.js';
import {messageOf} from '../../binding/errors.js';
import {encodeImages} from '../../features/encode-images.js';
import {FeatureBank} from '../../features/feature-bank.js';
import type {DamagedPart} from '../../features/feature-store.js';
import {clipImageEncoder} from '../../features/image-encoder.js';
import type {Clip} from '../../models/clip.js';
import {joinRows} from '../../pipeline/clip-features.js';
import type {Session} from '../session.js';

export interface EncodedPaths {
  paths: string[];
  /** (N, D), not normalised; without rows if they are not kept */
  features: FloatTensor;
  /** of the paths, how many were in the bank */
  stored: number;
  failed: {path: string; reason: string}[];
  damaged: readonly DamagedPart[];
  seconds: number;
}

export interface EncodePathsOptions {
  batchSize: number;
  /** a feature bank's folder */
  bank?: string;
  /** false where the bank is all that is wanted: memory is then bounded whatever the folder's size */
  keep: boolean;
}

/** Image files through a CLIP, beside or without a bank. What cannot be read is named, and the rest goes on. */
export async function encodePaths(
  clip: Clip,
  paths: readonly string[],
  {batchSize, bank, keep}: EncodePathsOptions,
  {signal, progress}: Session,
): Promise<EncodedPaths> {
  const encoder = await clipImageEncoder(clip, batchSize);
  const store = bank === undefined ? undefined : await (await FeatureBank.open(bank)).store(encoder.space);
  const started = performance.now();
  const result = {paths: [] as string[], stored: 0, failed: [] as EncodedPaths['failed']};
  const parts: Float32Array[] = [];
  try {
    const sources = paths.map((path) => ({item: path, image: path}));
    const onFailed = (path: string, error: unknown) => {
      const message = messageOf(error);
      const reason = message.startsWith(`${path}: `) ? message.slice(path.length + 2) : message;
      result.failed.push({path, reason});
    };
    for await (const one of encodeImages(encoder, sources, {store, signal, onFailed})) {
      result.paths.push(...one.items);
      result.stored += one.stored;
      if (keep) parts.push(one.features['image']!.data);
      const done = result.paths.length + result.failed.length;
      progress.report({stage: 'encode', done, total: paths.length, detail: `${result.stored} stored`});
    }
  } finally {
    await store?.flush();
  }
  return {
    ...result,
    features: joinRows(parts, encoder.space.widths['image']!),
    damaged: store?.damaged ?? [],
    seconds: (performance.now() - started) / 1000,
  };
}
