import {existsSync} from 'node:fs';
import {join} from 'node:path';
import {SynoodError} from '../../binding/errors.js';
import {listImageFolder} from '../../data/image-folder.js';
import {detectorKinds} from '../../detection/registry.js';
import {resolveConfig} from '../config/read-config.js';
import type {RunConfig, RunConfigInput} from '../config/schema.js';
import type {LeftOut} from '../left-out.js';
import type {Benchmark} from './benchmark-file.js';

export interface BenchmarkOptions {
  /** the folder that the data sets lie in; default: the current one */
  data?: string;
  /** folders of sets that lie elsewhere, by name; "train" and "test" for the in-distribution ones */
  folders?: Record<string, string>;
  models?: RunConfig['models'];
  /** names, or "all"; default: all whose models there are */
  detectors?: readonly string[];
  search?: boolean;
  /** 'validation' takes the benchmark's validation sets along */
  split?: 'test' | 'validation';
  seed?: number;
}

/** A benchmark on this machine. */
export interface ResolvedBenchmark {
  config: RunConfig;
  /** sets that are not here and where they are obtained, detectors whose models were not given, names that collide */
  leftOut: LeftOut[];
}

/** Detectors whose models are there; those that were not asked for by name are not missed. */
function detectorsFor(
  {clip, classifier, inpainter}: RunConfig['models'],
  wanted: readonly string[],
  leftOut: LeftOut[],
): string[] {
  const given = {clip: clip !== undefined, classifier: classifier !== undefined};
  const usable = detectorKinds.filter((kind) => {
    const missing: string[] = kind.reads.filter((model) => !given[model]);
    const renders = kind.needs.includes('trainedSides') || kind.needs.includes('render');
    if (renders && inpainter === undefined) missing.push('inpainter');
    const chosen = wanted.includes('all') || wanted.includes(kind.name);
    if (chosen && missing.length > 0) {
      const options = missing.map((name) => `--${name} FOLDER`).join(' ');
      leftOut.push({what: `detector: ${kind.title}`, reason: `needs ${options}`});
    }
    return chosen && missing.length === 0;
  });
  if (usable.length > 0) return usable.map(({name}) => name);
  throw new SynoodError(
    'ERR_CONFIG',
    'None of the detectors has its models. Give --classifier FOLDER, --clip FOLDER, or both.',
  );
}

/**
 * A benchmark as the configuration of a run. Sets that are not on this machine are told with where they are obtained, and the
 * rest is evaluated.
 *
 * @throws SynoodError ERR_CONFIG if the in-distribution images are not there, or no set is
 */
export async function benchmarkConfig(
  benchmark: Benchmark,
  options: BenchmarkOptions = {},
): Promise<ResolvedBenchmark> {
  const {
    data = '.',
    folders = {},
    models = {},
    detectors = ['all'],
    search = false,
    split,
    seed = 0,
  } = options;
  const leftOut: LeftOut[] = [];
  const evaluate: RunConfigInput['evaluate'] = {detectors: [...detectors], search, fpr: benchmark.fpr};
  if (!benchmark.inDistribution) {
    const base = resolveConfig({name: benchmark.title, world: 'emoji', seed, select: {perClass: 8}});
    return {
      config: {...base, evaluate: {...base.evaluate, detectors: [...detectors], search}},
      leftOut,
    };
  }
  const folderOf = (name: string, folder: string) => folders[name] ?? join(data, folder);
  const {train, test, toldApart = {}} = benchmark.inDistribution;
  const classes = benchmark.inDistribution.classes as Record<string, string>;
  const [trainFolder, testFolder] = [folderOf('train', train.folder), folderOf('test', test.folder)];
  for (const [name, folder, {obtain}] of [
    ['train', trainFolder, train],
    ['test', testFolder, test],
  ] as const) {
    if (existsSync(folder)) continue;
    throw new SynoodError(
      'ERR_CONFIG',
      `${benchmark.title} needs its in-distribution images, and there is no ${folder}. They are obtained from ${obtain}; lie they elsewhere, give --data FOLDER or --folders ${name}=FOLDER.`,
    );
  }
  const present = (sets: Benchmark['outOfDistribution']): Record<string, string> => {
    const found: Record<string, string> = {};
    for (const {name, folder, obtain} of sets) {
      const path = folderOf(name, folder);
      if (existsSync(path)) found[name] = path;
      else leftOut.push({what: `set: ${name}`, reason: `is not at ${path}; obtained from ${obtain}`});
    }
    return found;
  };
  const outOfDistribution = present(benchmark.outOfDistribution);
  if (Object.keys(outOfDistribution).length === 0) {
    throw new SynoodError(
      'ERR_CONFIG',
      `None of the out-of-distribution sets is there: ${leftOut.map(({what, reason}) => `${what.slice(5)} ${reason}`).join('; ')}.`,
    );
  }
  const here = (await listImageFolder(trainFolder)).classes.filter((name) => name !== '');
  for (const [id, name] of Object.entries(toldApart)) {
    if (!here.includes(id)) continue;
    leftOut.push({
      what: `class name: ${id}`,
      reason: `is called "${name}", as another class is; in prompts it is "${classes[id]}"`,
    });
  }
  const names = Object.fromEntries(here.flatMap((id) => (classes[id] ? [[id, classes[id]]] : [])));
  const {clip, inpainter, classifier} = models;
  const chosen = detectorsFor(models, detectors, leftOut);
  const base = resolveConfig({
    name: benchmark.title,
    seed,
    data: {
      inDistribution: trainFolder,
      validation: testFolder,
      outOfDistribution,
      outOfDistributionValidation: search || split === 'validation' ? present(benchmark.validation) : {},
    },
    classNames: names,
    evaluate: {...evaluate, detectors: chosen},
    // The published settings, not those of the embedded models; the folders follow.
    models: {clip: '.', inpainter: '.', classifier: '.'},
  });
  return {config: {...base, models: {clip, inpainter, classifier}}, leftOut};
}
