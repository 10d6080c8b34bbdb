import {SynoodError} from '../binding/errors.js';
import {decodeImage} from '../data/image.js';
import type {LoadedDetector} from '../detection/load-detector.js';
import type {Session} from './session.js';

export interface ScoredImage {
  path: string;
  /** higher is in-distribution */
  score: number;
  /** null where the detector has no threshold */
  inDistribution: boolean | null;
}

export interface ScoredImages {
  images: ScoredImage[];
  failed: {path: string; reason: string}[];
}

/** Images decoded and encoded at once: enough to keep CLIP busy, few enough for large photographs. */
const CHUNK = 16;

async function decodeChunk(paths: readonly string[], failed: ScoredImages['failed']) {
  const decoded = await Promise.all(
    paths.map(async (path) => {
      try {
        return {path, image: {...(await decodeImage(path)), channels: 3 as const}};
      } catch (thrown) {
        if (!(thrown instanceof SynoodError) || thrown.code !== 'ERR_IMAGE') throw thrown;
        const {message} = thrown;
        failed.push({
          path,
          reason: message.startsWith(`${path}: `) ? message.slice(path.length + 2) : message,
        });
        return undefined;
      }
    }),
  );
  return decoded.filter((one) => one !== undefined);
}

/** Scores what can be read, and names the rest with its reason. */
export async function scoreImages(
  detector: LoadedDetector,
  paths: readonly string[],
  {signal, progress}: Session,
): Promise<ScoredImages> {
  const result: ScoredImages = {images: [], failed: []};
  const {threshold} = detector;
  for (let at = 0; at < paths.length; at += CHUNK) {
    const chunk = await decodeChunk(paths.slice(at, at + CHUNK), result.failed);
    const scores = await detector.score(
      chunk.map(({image}) => image),
      {batchSize: CHUNK, signal},
    );
    chunk.forEach(({path}, index) => {
      const score = scores[index]!;
      const inDistribution = threshold === undefined ? null : score >= threshold;
      result.images.push({path, score, inDistribution});
    });
    progress.report({stage: 'score', done: Math.min(paths.length, at + CHUNK), total: paths.length});
  }
  return result;
}
