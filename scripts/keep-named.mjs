/**
 * What the samples are worth that show what they were asked for: node scripts/keep-named.mjs RUN [--models FOLDER]. Of a finished
 * synthesis on Emoji World only those stay accepted whose nearest caption, among the contexts and the classes, is that of their own
 * first context. Work on a run made for this; `synood mine`, `finetune` and `evaluate` with --out RUN tell the rest.
 */
import {readFile, writeFile} from 'node:fs/promises';
import {dirname, join} from 'node:path';
import {fileURLToPath} from 'node:url';
import {parseArgs} from 'node:util';
import {clipNamer} from './lib/clip-namer.mjs';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const dist = join(root, 'dist/ts');
const {Engine} = await import(join(dist, 'models/engine.js'));
const {concepts, indexOfConcept} = await import(join(dist, 'worlds/emoji/concepts.js'));
const {contextConcepts, inDistribution} = await import(join(dist, 'worlds/emoji/splits.js'));

const {values, positionals} = parseArgs({
  allowPositionals: true,
  options: {models: {type: 'string', default: join(root, 'assets/emoji-world/models')}},
});
if (positionals.length !== 1) {
  console.error('Expected one run directory: node scripts/keep-named.mjs RUN');
  process.exit(2);
}
const folder = join(positionals[0], 'synthetic');
const file = join(folder, 'metadata.jsonl');
const rows = (await readFile(file, 'utf8'))
  .trim()
  .split('\n')
  .map((line) => JSON.parse(line));

const engine = await Engine.open({device: 'cpu'});
const clip = await engine.loadClip(join(values.models, 'clip'));
const nameOf = await clipNamer(
  clip,
  concepts.map(({name}) => name),
);
const images = rows.map(({file_name: name}) => join(folder, name));
const named = await nameOf(images, [...contextConcepts, ...inDistribution]);
for (const [index, row] of rows.entries()) row.accepted = named[index] === indexOfConcept(row.contexts[0]);
await engine.dispose();
await writeFile(file, rows.map((row) => `${JSON.stringify(row)}\n`).join(''));
const kept = rows.filter(({accepted}) => accepted).length;
const subjects = named.filter((concept) => inDistribution.includes(concept)).length;
console.log(`${folder}: ${kept} of ${rows.length} show their context; ${subjects} show a class`);
