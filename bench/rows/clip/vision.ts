import {existsSync} from 'node:fs';
import {mkdir} from 'node:fs/promises';
import {join} from 'node:path';
import sharp from 'sharp';
import {encodeImages} from '../../../ts/features/encode-images.js';
import {clipImageEncoder} from '../../../ts/features/image-encoder.js';
import {visionFlops} from '../../flops/clip.js';
import type {Row} from '../../harness/row.js';
import {normalNumbers, readStored} from '../../harness/workspace.js';
import {SMALL_VISION, VISION_B16} from '../../models/clip-b16.js';

const BATCH = 32;

const encode: Row = {
  name: 'image-encoding',
  title: `CLIP ViT-B/16, images to features, batch ${BATCH}`,
  operation: 'product',
  tolerance: 1e-4,
  peer: {script: 'clip.py', name: 'transformers eager'},
  async prepare(workspace, {quick}) {
    const config = quick ? SMALL_VISION : VISION_B16;
    const {image_size: side} = config;
    return {
      settings: {
        folder: await workspace.model('clip', config),
        pixels: await workspace.input(`clip-pixels-${side}`, [BATCH, 3, side, side], 1),
      },
      work: visionFlops(config, BATCH),
    };
  },
  async load(engine, {folder, pixels}) {
    const clip = await engine.loadClip(folder as string);
    const input = await readStored(pixels);
    return async () => (await clip.encodeImages(input, {batchSize: BATCH})).data;
  },
};

const encodeOnnx: Row = {
  ...encode,
  name: 'image-encoding-onnx',
  peer: {script: 'onnxruntime.js', name: 'onnxruntime-node', needs: 'onnxruntime-node'},
};

/** Photographs' size; coarse noise compresses about as photographs do. */
async function jpegs(folder: string, count: number): Promise<string[]> {
  await mkdir(folder, {recursive: true});
  const paths = Array.from({length: count}, (_, at) => join(folder, `${String(at).padStart(3, '0')}.jpg`));
  for (const [at, path] of paths.entries()) {
    if (existsSync(path)) continue;
    const small = Uint8Array.from(normalNumbers(50 * 38 * 3, at, 60), (value) =>
      Math.min(255, Math.max(0, 128 + value)),
    );
    const raw = {raw: {width: 50, height: 38, channels: 3 as const}};
    await sharp(small, raw).resize(500, 375).jpeg({quality: 92}).toFile(path);
  }
  return paths;
}

const files: Row = {
  name: 'files-to-features',
  title: `CLIP ViT-B/16, 64 JPEG files of 500x375 to features, batch ${BATCH}`,
  operation: 'product',
  tolerance: 2e-3,
  peer: {script: 'clip.py', name: 'open_clip, DataLoader, 2 workers'},
  async prepare(workspace, {quick}) {
    const config = quick ? SMALL_VISION : VISION_B16;
    const count = quick ? 4 : 64;
    const paths = await jpegs(join(workspace.folder, 'jpegs'), count);
    return {
      settings: {folder: await workspace.model('clip', config), paths, batch: BATCH},
      work: visionFlops(config, count),
    };
  },
  async load(engine, {folder, paths}) {
    const clip = await engine.loadClip(folder as string);
    const encoder = await clipImageEncoder(clip, BATCH);
    const sources = (paths as string[]).map((path) => ({item: path, image: path}));
    return async () => {
      const parts: Float32Array[] = [];
      for await (const {features} of encodeImages(encoder, sources)) parts.push(features['image']!.data);
      const all = new Float32Array(parts.reduce((sum, part) => sum + part.length, 0));
      let at = 0;
      for (const part of parts) {
        all.set(part, at);
        at += part.length;
      }
      return all;
    };
  },
};

export default [encode, encodeOnnx, files];
