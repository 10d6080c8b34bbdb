/**
 * What the projection costs when images are scored: node scripts/measure-projection.mjs [RUN] [--pairs N]. Scores a run's test images,
 * from file to score, with NegLabel and with the image side in turn.
 */
import {readdir} from 'node:fs/promises';
import {dirname, join} from 'node:path';
import {fileURLToPath} from 'node:url';
import {parseArgs} from 'node:util';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const dist = join(root, 'dist/ts');
const {loadDetector} = await import(join(dist, 'detection/load-detector.js'));
const {Engine} = await import(join(dist, 'models/engine.js'));

const {values, positionals} = parseArgs({
  allowPositionals: true,
  options: {pairs: {type: 'string', default: '15'}},
});
const run = positionals[0] ?? join(root, 'runs/emoji-world');
const folder = join(run, 'world/ind/test');
const images = (await readdir(folder, {recursive: true, withFileTypes: true}))
  .filter((entry) => entry.isFile() && entry.name.endsWith('.png'))
  .map((entry) => join(entry.parentPath, entry.name))
  .sort();
if (images.length === 0) throw new Error(`${folder} has no images. Make a run first: npm start`);

const engine = await Engine.open({device: 'cpu'});
const load = (name) => loadDetector(join(run, 'detectors', name), {engine});
const [plain, projected] = [await load('neglabel'), await load('synood-image')];

const seconds = async (work) => {
  const start = performance.now();
  await work();
  return (performance.now() - start) / 1000;
};
const median = (numbers) => numbers.toSorted((a, b) => a - b)[Math.floor(numbers.length / 2)];

const pairs = [];
for (let pair = -2; pair < Number(values.pairs); pair++) {
  const times = [
    await seconds(() => plain.score(images, {})),
    await seconds(() => projected.score(images, {})),
  ];
  if (pair >= 0) pairs.push(times);
}
const each = (side) => ((1e3 * median(pairs.map((times) => times[side]))) / images.length).toFixed(3);
const ratios = pairs.map(([without, projecting]) => projecting / without).toSorted((a, b) => a - b);
console.log(
  `${images.length} images: ${each(0)} ms an image without, ${each(1)} ms with the projection; ` +
    `${median(ratios).toFixed(3)}x (${ratios[0].toFixed(3)} to ${ratios.at(-1).toFixed(3)})`,
);
await engine.dispose();
