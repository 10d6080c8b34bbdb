import {existsSync} from 'node:fs';
import {readFile, rm} from 'node:fs/promises';
import {join} from 'node:path';
import type {FloatTensor, Tensor} from '../../binding/contract.js';
import {SynoodError} from '../../binding/errors.js';
import {writeFileAtomic} from '../../data/files/atomic-file.js';
import {hashJson} from '../../data/files/canonical-hash.js';
import {writeJsonl} from '../../data/files/jsonl.js';
import type {ImageItem} from '../../data/image-folder.js';
import type {NegatedRequest, PromptRequest} from '../../detection/kind.js';
import type {ImageReadings} from '../../detection/readings.js';
import {Clip} from '../../models/clip.js';
import {readSafetensors} from '../../models/weights/safetensors.js';
import {sampleSeed} from '../../synthesis/sample-seed.js';
import {clipn} from '../../training/jobs/clipn.js';
import type {JobContext} from '../../training/jobs/job.js';
import {learnPrompts, promptSettings} from '../../training/jobs/lsn.js';
import {fillTemplate, takeRows} from '../clip-features.js';
import type {RunContext} from '../run-context.js';
import {imageSetHash} from '../run-data.js';

/** Of the run directory: logs and results of what detectors train beside the method's own two sides. */
export const DETECTOR_TRAINING = 'detectors/training';

/** The training images of a run, with the class of each. */
export interface TrainingImages {
  /** of the classes, in prompts */
  names: readonly string[];
  items: readonly ImageItem[];
  labels: readonly number[];
  readings: ImageReadings;
}

/** So many images of each class, drawn by the run's seed and their names; in their own order. */
export function someOfEach(
  {items, labels}: Pick<TrainingImages, 'items' | 'labels'>,
  perClass: number,
  seed: number,
): number[] {
  const counts = new Map<number, number>();
  return items
    .map(({id}, row) => ({row, key: sampleSeed(seed, `prompts\0${id}`)}))
    .sort((a, b) => (a.key < b.key ? -1 : 1))
    .filter(({row}) => {
      const count = counts.get(labels[row]!) ?? 0;
      counts.set(labels[row]!, count + 1);
      return count < perClass;
    })
    .map(({row}) => row)
    .sort((a, b) => a - b);
}

/** A folder for a training; what one with other inputs has left is taken away. */
async function trainingFolder(run: RunContext, name: string, inputs: unknown): Promise<string> {
  const folder = run.directory.file(DETECTOR_TRAINING);
  const marker = join(folder, `${name}.inputs`);
  const key = hashJson(inputs);
  if (!existsSync(marker) || (await readFile(marker, 'utf8')) !== key) {
    const left = name === 'clipn' ? ['clipn'] : [`${name}-positive`, `${name}-negative`];
    for (const part of left) {
      await rm(join(folder, `${part}.checkpoint.safetensors`), {force: true});
      await rm(join(folder, `${part}.jsonl`), {force: true});
    }
    await writeFileAtomic(marker, key);
  }
  return folder;
}

async function contextOf(run: RunContext, title: string): Promise<JobContext> {
  return {
    engine: await run.models.engine(),
    folder: '.',
    signal: run.signal,
    onStep: (name, {step}, total) => run.progress(step, total, `${title}: ${name}`),
    onPrepare: (done, total) => run.progress(done, total, `${title}: images`),
  };
}

/** CLIPN's branch, trained on images whose caption is their class in the template. */
async function trainNoBranch(
  run: RunContext,
  images: TrainingImages,
  request: NegatedRequest,
): Promise<string> {
  const {template, perClass, ...training} = request;
  const rows = someOfEach(images, perClass, run.config.seed);
  const items = rows.map((row) => images.items[row]!);
  const {config, models} = run;
  const out = await trainingFolder(run, 'clipn', {
    ...{request, seed: config.seed, names: images.names, images: await imageSetHash(items)},
    clip: await models.fingerprint('clip'),
  });
  const pairs = join(out, 'clipn-pairs.json-lines');
  await writeJsonl(
    pairs,
    rows.map((row) => ({
      image: images.items[row]!.path,
      caption: fillTemplate(template, images.names[images.labels[row]!]!),
    })),
  );
  const {epochs, batchSize, learningRate} = training;
  const settings = clipn.schema.parse({
    ...{out, pairs, clip: models.folder('clip'), seed: config.seed, epochs, batchSize},
    optimizer: {learningRate},
  });
  const {leftOut} = await clipn.run(settings, await contextOf(run, 'CLIPN'));
  for (const {what, reason} of leftOut) run.leaveOut(`CLIPN: ${what}`, reason);
  return join(out, 'no');
}

/** The "no" features (C, D) of the class names. */
export async function negatedFeatures(
  run: RunContext,
  images: TrainingImages,
  request: NegatedRequest,
): Promise<FloatTensor> {
  const folder = run.config.evaluate.clipn ?? (await trainNoBranch(run, images, request));
  using branch = await Clip.load(await run.models.engine(), folder);
  const prompts = images.names.map((name) => fillTemplate(request.template, name));
  // Awaited here, before the branch is disposed.
  return await branch.encodeText(prompts, {signal: run.signal});
}

const plain = (name: string): string =>
  name
    .toLowerCase()
    .replaceAll(/[_\s]+/g, ' ')
    .trim();

/** The classes of the file in the order of the run's. @throws SynoodError ERR_MODEL_FORMAT, ERR_CONFIG */
async function readPrompts(
  file: string,
  names: readonly string[],
): Promise<{concepts: FloatTensor; negatives: FloatTensor}> {
  const {tensors, metadata} = await readSafetensors(file);
  const known = new Map(
    (JSON.parse(metadata['names'] ?? '[]') as string[]).map((name, row) => [plain(name), row]),
  );
  const missing = names.filter((name) => !known.has(plain(name)));
  if (missing.length > 0) {
    throw new SynoodError(
      'ERR_CONFIG',
      `${file} was learned for ${known.size} classes; of those of the data ${missing.slice(0, 5).join(', ')} are not among them. Learn prompts of these classes: synood train lsn.`,
    );
  }
  const find = (name: string, dimensions: number): FloatTensor => {
    const tensor: Tensor | undefined = tensors[name];
    const {shape = []} = tensor ?? {};
    if (tensor?.data instanceof Float32Array && shape.length === dimensions && shape.at(-2) === known.size) {
      return {data: tensor.data, shape: [tensor.data.length / shape.at(-1)!, shape.at(-1)!]};
    }
    throw new SynoodError(
      'ERR_MODEL_FORMAT',
      `${file}: expected "${name}" for ${known.size} classes, found ${tensor ? `[${shape.join(', ')}]` : 'none'}.`,
    );
  };
  const rows = names.map((name) => known.get(plain(name))!);
  const negatives = find('negatives', 3);
  const prompts = negatives.shape[0]! / known.size;
  const all = Array.from({length: prompts}, (_, prompt) =>
    rows.map((row) => prompt * known.size + row),
  ).flat();
  return {concepts: takeRows(find('positive', 2), rows), negatives: takeRows(negatives, all)};
}

/** LSN's learned features: what the classes are (C, D), and are not (K C, D), prompt by prompt. */
export async function learnedPromptFeatures(
  run: RunContext,
  images: TrainingImages,
  {negatives: contexts, contextLength, perClass, epochs, positiveEpochs, batchSize}: PromptRequest,
): Promise<{concepts: FloatTensor; negatives: FloatTensor}> {
  const {config, models} = run;
  const {names} = images;
  if (config.evaluate.lsn !== undefined) return readPrompts(config.evaluate.lsn, names);
  const rows = someOfEach(images, perClass, config.seed);
  const hash = await imageSetHash(rows.map((row) => images.items[row]!));
  const request = {contexts, contextLength, epochs, batchSize, positive: {epochs: positiveEpochs}};
  const fingerprint = await models.fingerprint('clip');
  const out = await trainingFolder(run, 'lsn', {
    request,
    seed: config.seed,
    names,
    images: hash,
    fingerprint,
  });
  const settings = promptSettings.parse({...request, out, seed: config.seed});
  const data = {
    clip: await models.clip(),
    names,
    features: takeRows(await images.readings.read({of: 'clip'}), rows),
    labels: rows.map((row) => images.labels[row]!),
    images: hash,
  };
  await learnPrompts(settings, data, await contextOf(run, 'LSN'));
  return readPrompts(join(out, 'lsn.safetensors'), names);
}
