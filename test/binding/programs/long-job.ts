import {parentPort} from 'node:worker_threads';
import {Clip} from '../../../ts/models/clip.js';
import type {ClipConfig} from '../../../ts/models/clip-config.js';
import {Engine} from '../../../ts/models/engine.js';

/** A vision tower whose batches take about a tenth of a second. */
const SIDE = 64;
const config: ClipConfig = {
  logitScaleInit: 2.6592,
  vision: {
    hiddenSize: 192,
    intermediateSize: 768,
    numHiddenLayers: 4,
    numAttentionHeads: 3,
    imageSize: SIDE,
    patchSize: 4,
    numChannels: 3,
    projectionDim: 64,
    layerNormEps: 1e-5,
    hiddenAct: 'quick_gelu',
  },
};

export const openEngine = (): Promise<Engine> => Engine.open({device: 'cpu', threads: 1});

export const freshClip = (engine: Engine): Promise<Clip> => Clip.create(engine, config, 1);

/** Encodes `batches` batches of eight (or `batchSize`) grey images; `onBatch` is told each. */
export async function encodeGrey(
  clip: Clip,
  batches: number,
  {batchSize = 8, signal, onBatch}: {batchSize?: number; signal?: AbortSignal; onBatch?: () => void} = {},
): Promise<Float32Array> {
  const pixels = new Float32Array(batches * batchSize * 3 * SIDE * SIDE).fill(0.5);
  const {data} = await clip.encodeImages(
    {data: pixels, shape: [batches * batchSize, 3, SIDE, SIDE]},
    {batchSize, signal, onProgress: onBatch},
  );
  return data;
}

/** In a worker thread: says when the job is under way, and when it is done. */
export async function workInWorker(batches: number): Promise<void> {
  const engine = await openEngine();
  const clip = await freshClip(engine);
  await encodeGrey(clip, batches, {onBatch: () => parentPort?.postMessage('started')});
  await engine.dispose();
  parentPort?.postMessage('done');
}
