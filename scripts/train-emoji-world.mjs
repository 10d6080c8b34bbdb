#!/usr/bin/env node
// Trains Emoji World's tiny models with the product's own native loops and writes them to assets/emoji-world/models.
// Resumes from its checkpoints. Usage: node scripts/train-emoji-world.mjs [--out DIR] [--checkpoints DIR] [--seed N]
//   [--steps autoencoder=2000,clip=5100,classifier=1536,denoiser=10400] [--device cpu|cuda] [--threads N]
import {dirname, join} from 'node:path';
import {fileURLToPath} from 'node:url';
import {parseArgs} from 'node:util';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const {Engine} = await import(join(root, 'dist/ts/models/engine.js'));
const {defaultSteps, trainEmojiWorld} = await import(
  join(root, 'dist/ts/worlds/emoji/training/train-emoji-world.js')
);

const {values} = parseArgs({
  options: {
    out: {type: 'string', default: join(root, 'assets/emoji-world/models')},
    checkpoints: {type: 'string', default: join(root, 'runs/emoji-world-training')},
    seed: {type: 'string', default: '1'},
    steps: {type: 'string', default: ''},
    device: {type: 'string', default: 'auto'},
    threads: {type: 'string', default: '0'},
  },
});
const steps = {...defaultSteps};
for (const part of values.steps.split(',').filter(Boolean)) {
  const [name, count] = part.split('=');
  if (!(name in steps) || !Number.isInteger(Number(count))) {
    console.error(`Expected --steps ${Object.keys(steps).join('=N,')}=N, got ${part}`);
    process.exit(2);
  }
  steps[name] = Number(count);
}
const stop = new AbortController();
process.once('SIGINT', () => stop.abort());
const engine = await Engine.open({device: values.device, threads: Number(values.threads)});
const started = Date.now();
const log = (line) => console.log(`${new Date().toISOString().slice(11, 19)} ${line}`);
log(`on ${engine.info.deviceName}, ${engine.info.threads} threads`);
try {
  await trainEmojiWorld(
    {seed: Number(values.seed), checkpoints: values.checkpoints, log, signal: stop.signal},
    engine,
    values.out,
    steps,
  );
  log(`done in ${Math.round((Date.now() - started) / 1000)} s: ${values.out}`);
} catch (error) {
  if (error.code !== 'ERR_ABORTED') throw error;
  log('interrupted; the same command goes on from the last checkpoint');
  process.exitCode = 130;
} finally {
  await engine.dispose();
}
