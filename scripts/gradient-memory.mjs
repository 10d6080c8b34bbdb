#!/usr/bin/env node
/**
 * Peak memory of the exact gradient through one call of the denoiser and through twelve, each in a process of its own.
 *
 *   node scripts/gradient-memory.mjs FOLDER [--side 256] [--classifier FOLDER]
 *
 * FOLDER is a diffusers folder (random weights will do: scripts/make-random-pipeline.mjs); without one Emoji World's.
 * The peak is the process's largest resident size; beside it what it rises above that of the loaded models that have
 * denoised once.
 */
import {execFileSync} from 'node:child_process';
import {readFileSync, writeFileSync} from 'node:fs';
import {dirname, join} from 'node:path';
import {fileURLToPath} from 'node:url';
import {parseArgs} from 'node:util';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const emoji = join(root, 'assets', 'emoji-world', 'models');
const {values, positionals} = parseArgs({
  allowPositionals: true,
  options: {
    side: {type: 'string', default: '0'},
    classifier: {type: 'string', default: join(emoji, 'classifier')},
    calls: {type: 'string'},
  },
});
const folder = positionals[0] ?? join(emoji, 'inpainter');
const STEPS = 20;

/** @param {string} field */
const memory = (field) => {
  const line = new RegExp(`^${field}:\\s+([0-9]+) kB`, 'm').exec(readFileSync('/proc/self/status', 'utf8'));
  return Number(line?.[1]) / 2 ** 20;
};

/** @param {number} calls */
async function measure(calls) {
  const {Engine} = await import(join(root, 'dist/ts/index.js'));
  const {Synthesizer} = await import(join(root, 'dist/ts/synthesis/synthesizer.js'));
  const engine = await Engine.open({device: 'cpu'});
  const inpainter = await engine.loadInpainter(folder);
  const classifier = await engine.loadClassifier(values.classifier);
  const side = Number(values.side) || inpainter.unet.config.sampleSize * inpainter.vae.scaleFactor;
  /** @param {string} gradient @param {number} strength @param {number} maxIterations */
  const run = async (gradient, strength, maxIterations) => {
    const synthesizer = new Synthesizer({
      inpainter,
      classifier,
      transform: {
        resize: 64,
        crop: 0,
        interpolation: 'bilinear',
        mean: [0.5, 0.5, 0.5],
        std: [0.5, 0.5, 0.5],
      },
      boundary: 1e4,
      tolerance: 1,
      imageSize: side,
      batchSize: 1,
      steps: STEPS,
      strength,
      scheduler: {...inpainter.scheduler, kind: 'ddim'},
      gradient,
      maxIterations,
    });
    const data = Uint8Array.from({length: 3 * side * side}, (_, at) => (at * 7) % 251);
    const image = {data, width: side, height: side, channels: 3};
    const items = [{id: 'one', image, prompt: 'A photo only remain a tree.'}];
    for await (const sample of synthesizer.run(items)) return sample;
  };
  await run('skip', 1 / STEPS, 1);
  const before = memory('VmRSS');
  // 5: the peak begins anew.
  writeFileSync('/proc/self/clear_refs', '5');
  const began = performance.now();
  const sample = await run('exact', calls / STEPS, 2);
  const seconds = (performance.now() - began) / 1000;
  const norm = sample.gradientNorms[0];
  process.stdout.write(JSON.stringify({calls, side, before, peak: memory('VmHWM'), seconds, norm}));
  await engine.dispose();
}

if (values.calls) {
  await measure(Number(values.calls));
} else {
  /** @param {number} calls */
  const child = (calls) => {
    const own = [
      fileURLToPath(import.meta.url),
      folder,
      '--side',
      values.side,
      '--classifier',
      values.classifier,
    ];
    const found = JSON.parse(
      execFileSync(process.execPath, [...own, '--calls', String(calls)], {encoding: 'utf8'}),
    );
    const {side, peak, before, seconds, norm} = found;
    const above = `${(peak - before).toFixed(3)} above the ${before.toFixed(3)} before`;
    process.stdout.write(
      `${calls} calls at ${side}x${side}: peak ${peak.toFixed(3)} GiB, ${above}; ${seconds.toFixed(1)} s, norm of the gradient ${norm.toPrecision(4)}\n`,
    );
    return found;
  };
  const one = child(1);
  const twelve = child(12);
  const above = (twelve.peak - twelve.before) / (one.peak - one.before);
  process.stdout.write(
    `twelve calls to one: ${(twelve.peak / one.peak).toFixed(2)}x the peak, ${above.toFixed(2)}x of what it rises\n`,
  );
}
