#!/usr/bin/env node
// Makes a full-size Stable Diffusion inpainting folder with random weights: for memory, speed, and whether every key
// is known, without a download. Shapes come from test/fixtures/pipelines, which diffusers wrote.
import {
  cpSync,
  existsSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  renameSync,
  rmSync,
  statfsSync,
} from 'node:fs';
import {dirname, join} from 'node:path';
import {fileURLToPath} from 'node:url';
import {parseArgs} from 'node:util';
import {END_OF_TEXT, writeByteTokenizer} from './random-pipeline/byte-tokenizer.mjs';
import {bytesOf, parseTensors, writeWeights} from './random-pipeline/weights.mjs';

const FIXTURES = join(dirname(dirname(fileURLToPath(import.meta.url))), 'test/fixtures/pipelines');
const FAMILIES = ['sd1', 'sd2', 'sdxl'];
const DTYPES = ['float32', 'float16'];
const USAGE = `Usage: node scripts/make-random-pipeline.mjs --family ${FAMILIES.join('|')} --out FOLDER
  [--dtype ${DTYPES.join('|')}] [--seed N]
  [--sparse]    weights of zero that take no space on disk, to check keys and shapes`;

function fail(message, code = 1) {
  console.error(message);
  process.exit(code);
}

function options() {
  try {
    const {values} = parseArgs({
      options: {
        family: {type: 'string'},
        out: {type: 'string'},
        dtype: {type: 'string', default: 'float32'},
        seed: {type: 'string', default: '0'},
        sparse: {type: 'boolean', default: false},
        help: {type: 'boolean', default: false},
      },
    });
    return values;
  } catch (error) {
    return fail(`${error.message}\n${USAGE}`, 2);
  }
}

const {family, out, dtype, seed, sparse, help} = options();
if (help) {
  console.log(USAGE);
  process.exit(0);
}
if (!FAMILIES.includes(family) || !DTYPES.includes(dtype) || !out) fail(USAGE, 2);
if (existsSync(out)) fail(`${out} is there already; give another --out, or remove it.`);
const shapes = join(FIXTURES, family);
if (!existsSync(shapes)) fail(`${shapes} is missing; this script works in a checkout of the repository.`);

const models = readdirSync(shapes).filter((part) => existsSync(join(shapes, part, 'tensors.txt')));
const tensors = new Map(
  models.map((part) => [part, parseTensors(readFileSync(join(shapes, part, 'tensors.txt'), 'utf8'))]),
);
const needed = [...tensors.values()].reduce((sum, list) => sum + bytesOf(list, dtype), 0);
const partial = `${out}.partial`;
rmSync(partial, {recursive: true, force: true});
mkdirSync(partial, {recursive: true});
const {bavail, bsize} = statfsSync(partial);
const gigabytes = (bytes) => `${(bytes / 1e9).toFixed(1)} GB`;
if (!sparse && needed > bavail * bsize) {
  rmSync(partial, {recursive: true});
  fail(`${family} in ${dtype} takes ${gigabytes(needed)}; ${out} has room for ${gigabytes(bavail * bsize)}.`);
}

const OWN = ['tensors.txt', 'counts.json'];
cpSync(shapes, partial, {recursive: true, filter: (path) => !OWN.some((name) => path.endsWith(name))});
for (const part of models) {
  const stem = part.startsWith('text_encoder') ? 'model' : 'diffusion_pytorch_model';
  const name = `${stem}${dtype === 'float16' ? '.fp16' : ''}.safetensors`;
  const list = tensors.get(part);
  writeWeights(join(partial, part, name), list, {dtype, seed: `${seed} ${family} ${part}`, sparse});
  console.log(`${join(out, part, name)}: ${list.length} tensors, ${gigabytes(bytesOf(list, dtype))}`);
}
writeByteTokenizer(join(partial, 'tokenizer'), family === 'sd2' ? '!' : END_OF_TEXT);
if (family === 'sdxl') writeByteTokenizer(join(partial, 'tokenizer_2'), '!');
renameSync(partial, out);
console.log(`${out}: ${gigabytes(needed)}${sparse ? ' of zeros' : ''}. Look at it: synood inspect ${out}`);
