import {existsSync} from 'node:fs';
import {readdir} from 'node:fs/promises';
import {dirname, join, resolve} from 'node:path';
import {z} from 'zod';
import {packageRoot} from '../../binding/addon.js';
import {SynoodError} from '../../binding/errors.js';
import {checkJson, readJson} from '../../data/files/json-file.js';

const text = z.string().min(1);
const share = z.number().min(0).max(1);

const sourceSchema = z.strictObject({
  /** relative to the folder of data sets */
  folder: text,
  /** that there should be */
  images: z.number().int().positive().optional(),
  /** where it comes from */
  obtain: text,
});

const setSchema = sourceSchema.extend({
  name: text,
  title: text.optional(),
  group: z.enum(['near', 'far']),
});

const rateSchema = z.strictObject({auroc: share, fpr95: share});

const schema = z.strictObject({
  format: z.literal(1),
  name: text,
  title: text,
  about: text.optional(),
  /** the definition of FPR95 that its published figures have */
  fpr: z.enum(['id-positive', 'ood-positive', 'threshold', 'interpolated']),
  /** an embedded data set in place of folders */
  world: z.literal('emoji').optional(),
  inDistribution: z
    .strictObject({
      name: text,
      /** class folder -> name in prompts, or a file of them beside this one */
      classes: z.union([text, z.record(text, text)]),
      /** the training folder may have some of them only */
      someClasses: z.boolean().optional(),
      /** classes that have another name here, because theirs is another class's too */
      toldApart: z.record(text, text).optional(),
      train: sourceSchema,
      test: sourceSchema,
    })
    .optional(),
  outOfDistribution: z.array(setSchema),
  /** for hyper-parameters; no image of a test set */
  validation: z.array(setSchema),
  published: z.array(
    z.strictObject({
      detector: text,
      source: text,
      backbone: text,
      mean: rateSchema,
      sets: z.record(text, rateSchema),
    }),
  ),
});

/** A benchmark as data: sets, where they are obtained, and what is published on them. */
export type Benchmark = z.infer<typeof schema>;
export type BenchmarkSet = z.infer<typeof setSchema>;
export type PublishedRow = Benchmark['published'][number];

const FOLDER = join(packageRoot, 'assets', 'benchmarks');

/** Names of the benchmarks that come with the package. */
export async function benchmarkNames(): Promise<string[]> {
  const files = await readdir(FOLDER);
  return files
    .filter((name) => name.endsWith('.json') && !name.endsWith('.classes.json'))
    .map((name) => name.slice(0, -'.json'.length))
    .sort();
}

/** @throws SynoodError ERR_CONFIG naming file and key */
export async function readBenchmark(file: string): Promise<Benchmark> {
  const benchmark = checkJson(schema, await readJson(file, 'ERR_CONFIG'), file, 'ERR_CONFIG');
  const {inDistribution, world} = benchmark;
  if (!inDistribution && !world) {
    throw new SynoodError('ERR_CONFIG', `${file}: expected "inDistribution", or "world": "emoji".`);
  }
  if (!inDistribution || typeof inDistribution.classes !== 'string') return benchmark;
  const path = resolve(dirname(file), inDistribution.classes);
  const names = checkJson(z.record(text, text), await readJson(path, 'ERR_CONFIG'), path, 'ERR_CONFIG');
  return {...benchmark, inDistribution: {...inDistribution, classes: names}};
}

/** A shipped benchmark by its name, or a file. @throws SynoodError ERR_CONFIG listing the names that there are */
export async function findBenchmark(nameOrFile: string): Promise<Benchmark> {
  if (nameOrFile.endsWith('.json')) return readBenchmark(nameOrFile);
  const names = await benchmarkNames();
  if (names.includes(nameOrFile)) return readBenchmark(join(FOLDER, `${nameOrFile}.json`));
  const file = existsSync(nameOrFile) ? ' A benchmark of your own is a .json file.' : '';
  throw new SynoodError(
    'ERR_CONFIG',
    `There is no benchmark "${nameOrFile}"; there are: ${names.join(', ')}, custom.${file}`,
  );
}
