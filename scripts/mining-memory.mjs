#!/usr/bin/env node
// How much memory negative labels take at ViT-B/16's size, on random features: mining 70,000 candidates against 1,000
// classes, then the cosines of 5,000 images to 10,499 labels. Usage: node scripts/mining-memory.mjs [--width 512]
import {dirname, join} from 'node:path';
import {fileURLToPath} from 'node:url';
import {parseArgs} from 'node:util';

const dist = join(dirname(dirname(fileURLToPath(import.meta.url))), 'dist/ts');
const {Engine} = await import(join(dist, 'models/engine.js'));
const {mineNegatives} = await import(join(dist, 'detection/neg-mining.js'));

const {values} = parseArgs({options: {width: {type: 'string', default: '512'}}});
const width = Number(values.width);

/** Rows of unit length. */
function features(count) {
  const data = new Float32Array(count * width);
  for (let row = 0; row < count; row++) {
    let square = 0;
    for (let i = row * width; i < (row + 1) * width; i++) square += (data[i] = Math.random() - 0.5) ** 2;
    for (let i = row * width; i < (row + 1) * width; i++) data[i] /= Math.sqrt(square);
  }
  return {data, shape: [count, width]};
}

async function measure(what, run) {
  const started = performance.now();
  const result = await run();
  const seconds = ((performance.now() - started) / 1000).toFixed(1);
  const gib = ((process.resourceUsage().maxRSS * 1024) / 2 ** 30).toFixed(2);
  console.log(`${what}: ${result}, ${seconds} s, peak of the process so far ${gib} GiB`);
}

const engine = await Engine.open({device: 'cpu'});
await measure('5,000 images x 10,499 labels', async () => {
  const {shape} = await engine.run((native) => native.cosines(features(5000), features(10_499)));
  return `${shape.join(' x ')} cosines`;
});
await measure('70,000 candidates x 1,000 classes', async () => {
  const {rows} = await mineNegatives(engine, features(70_000), features(1000));
  return `${rows.length} labels mined`;
});
await engine.dispose();
