/**
 * Draws the image side's loss in several finished runs, both sides trained apart or jointly: node scripts/draw-sides.mjs RUN...
 * [--out docs/images/apart-and-joint.svg]. One line a run, the mean over each epoch: blue where they are apart, orange and dashed
 * where they are one.
 */
import {readFile, writeFile} from 'node:fs/promises';
import {join} from 'node:path';
import {fileURLToPath} from 'node:url';
import {parseArgs} from 'node:util';

const root = fileURLToPath(new URL('..', import.meta.url));
const {lineChart} = await import(join(root, 'dist/ts/report/charts/lines.js'));
const {lineStyle} = await import(join(root, 'dist/ts/report/palette.js'));

const {values, positionals: runs} = parseArgs({
  allowPositionals: true,
  options: {out: {type: 'string', default: join(root, 'docs/images/apart-and-joint.svg')}},
});
if (runs.length === 0) {
  console.error('Expected run directories: node scripts/draw-sides.mjs RUN...');
  process.exit(2);
}
const readJson = async (...path) => JSON.parse(await readFile(join(...path), 'utf8'));

const lines = [];
for (const run of runs) {
  const {sides, projection} = (await readJson(run, 'run.json')).configuration.finetune;
  const {projection: losses} = await readJson(run, 'detector/training.json');
  const steps = losses.length / projection.epochs;
  const points = Array.from({length: projection.epochs}, (_, epoch) => {
    const own = losses.slice(Math.round(epoch * steps), Math.round((epoch + 1) * steps));
    return {x: epoch + 1, y: own.reduce((sum, loss) => sum + loss, 0) / own.length};
  });
  lines.push({title: `${sides}: ${run}`, points, style: lineStyle(sides === 'apart' ? 0 : 1)});
}
const chart = await lineChart(
  {x: 'epoch', y: 'loss', lines},
  {
    id: 'apart-and-joint',
    title: 'Loss of the image side, both sides apart and jointly',
    description: `The mean over each epoch, in ${runs.length} runs.`,
  },
);
await writeFile(values.out, `${chart}\n`);
const last = (sides) => lines.filter(({title}) => title.startsWith(sides)).map(({points}) => points.at(-1).y);
for (const sides of ['apart', 'joint']) {
  const ends = last(sides);
  if (ends.length > 0) console.log(`${sides}: ${ends.map((loss) => loss.toFixed(3)).join(' ')} at the end`);
}
console.log(values.out);
