/**
 * What perfect synthesis would be worth on Emoji World: node scripts/compose-contexts.mjs RUN [--contexts 1|2] [--show animals]
 * [--seed N]. Draws each synthetic image of a finished synthesis anew, as the world itself draws its contexts in the subject's
 * place, and calls all of them accepted. With --show animals it draws another animal instead: those of the test split, so that
 * only a run on the validation split may be measured with it. Work on a run made for this (beside its original, a
 * copy takes the original's synthesis again); then `synood mine`, `finetune` and
 * `evaluate` with --out RUN tell the rest.
 */
import {readFile, writeFile} from 'node:fs/promises';
import {dirname, join} from 'node:path';
import {fileURLToPath} from 'node:url';
import {parseArgs} from 'node:util';
import sharp from 'sharp';

const world = join(dirname(dirname(fileURLToPath(import.meta.url))), 'dist/ts/worlds/emoji');
const {composeScene} = await import(join(world, 'composer.js'));
const {indexOfConcept, trainingArtists} = await import(join(world, 'concepts.js'));
const {Drawings} = await import(join(world, 'drawings.js'));
const {Random} = await import(join(world, 'random.js'));
const {placeConcept} = await import(join(world, 'scenes.js'));
const {sceneSize} = await import(join(world, 'background.js'));
const {testSets} = await import(join(world, 'splits.js'));

const {values, positionals} = parseArgs({
  allowPositionals: true,
  options: {
    contexts: {type: 'string', default: '2'},
    show: {type: 'string', default: 'contexts'},
    seed: {type: 'string', default: '0'},
  },
});
if (!['contexts', 'animals'].includes(values.show)) {
  console.error(`Expected --show contexts or animals, got ${values.show}`);
  process.exit(2);
}
if (positionals.length !== 1) {
  console.error('Expected one run directory: node scripts/compose-contexts.mjs RUN');
  process.exit(2);
}
const folder = join(positionals[0], 'synthetic');
const file = join(folder, 'metadata.jsonl');
const config = JSON.parse(await readFile(join(positionals[0], 'run.json'), 'utf8')).configuration;
if (values.show === 'animals' && config.evaluate.split !== 'validation') {
  console.error(
    'Expected a run with evaluate.split "validation": these animals are what the test split shows.',
  );
  process.exit(2);
}
const drawings = await Drawings.load();
const rows = (await readFile(file, 'utf8'))
  .trim()
  .split('\n')
  .map((line) => JSON.parse(line));
for (const row of rows) {
  const random = Random.of(Number(values.seed), 'contexts in place', row.id);
  const shown =
    values.show === 'animals'
      ? [random.choice(testSets.near)]
      : row.contexts.slice(0, Number(values.contexts)).map(indexOfConcept);
  const subjects = shown.map((concept) => placeConcept(random, concept, trainingArtists));
  const {pixels} = composeScene(random, drawings, {subjects, contexts: []});
  await sharp(Buffer.from(pixels), {raw: {width: sceneSize, height: sceneSize, channels: 3}})
    .png()
    .toFile(join(folder, row.file_name));
  row.accepted = true;
}
await writeFile(file, rows.map((row) => `${JSON.stringify(row)}\n`).join(''));
console.log(`${folder}: ${rows.length} images drawn anew`);
