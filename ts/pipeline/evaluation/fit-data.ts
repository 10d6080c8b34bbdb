import {existsSync} from 'node:fs';
import type {FloatTensor} from '../../binding/contract.js';
import {SynoodError} from '../../binding/errors.js';
import {classifierHead} from '../../detection/classifier-head.js';
import {readDetector} from '../../detection/detector-files.js';
import type {FitData, Head, NegatedRequest} from '../../detection/kind.js';
import {fillTemplate, textFeatures} from '../clip-features.js';
import {NEGATIVES, readLabels} from '../negatives.js';
import type {RunContext} from '../run-context.js';
import type {ClassName} from '../run-data.js';
import {DETECTOR} from '../stages/finetune.js';
import {mineLabels} from '../stages/mine.js';
import {classTokenEmbeddings, renderOutliers} from './render-outliers.js';
import {readSet} from './set-readings.js';
import {learnedPromptFeatures, negatedFeatures, type TrainingImages} from './trained-prompts.js';
import type {Reading} from '../../detection/readings.js';

const once = <T>(make: () => Promise<T>): (() => Promise<T>) => {
  let made: Promise<T> | undefined;
  return () => (made ??= make());
};

const plain = (name: string): string =>
  name
    .toLowerCase()
    .replaceAll(/[_\s]+/g, ' ')
    .trim();

/**
 * Which row of the classifier's last layer each class of the data is: by name, or in its own order where the classifier
 * has as many classes and calls none of them alike.
 */
export function headRows(labels: readonly string[], classes: readonly ClassName[]): number[] {
  const places = new Map(labels.map((label, row) => [plain(label), row]));
  const short = new Map(labels.map((label, row) => [plain(label.split(',')[0]!), row]));
  const rows = classes.map(({id, name}) =>
    [plain(name), plain(id)].map((key) => places.get(key) ?? short.get(key)).find((row) => row !== undefined),
  );
  if (rows.every((row) => row !== undefined) && new Set(rows).size === rows.length) return rows;
  if (labels.length === classes.length && rows.every((row) => row === undefined)) return [...labels.keys()];
  const missing = classes.filter((_, at) => rows[at] === undefined).map(({name}) => name);
  throw new SynoodError(
    'ERR_CONFIG',
    `The classifier does not tell the classes of the data apart: of its ${labels.length} labels (${labels.slice(0, 3).join(', ')}, …) none is ${missing.slice(0, 5).join(', ')}. Give a classifier of these classes: models.classifier.`,
  );
}

function rowsOf({weight, bias}: Head, rows: readonly number[]): Head {
  const width = weight.shape[1]!;
  const data = new Float32Array(rows.length * width);
  rows.forEach((row, at) => data.set(weight.data.subarray(row * width, (row + 1) * width), at * width));
  return {
    weight: {data, shape: [rows.length, width]},
    bias: {data: Float32Array.from(rows, (row) => bias.data[row]!), shape: [rows.length]},
  };
}

/** Everything of a run that detectors are fitted from; each part is made when a detector first asks for it. */
export async function fitDataOf(run: RunContext, first: Reading): Promise<FitData> {
  const classes = await run.data.classes();
  const names = classes.map(({name}) => name);
  const place = new Map(classes.map(({id}, index) => [id, index]));
  const train = await run.data.train();
  let done = 0;
  const {items, readings} = await readSet(run, 'inDistribution', train.items, first, () =>
    run.progress(++done, train.items.length, 'inDistribution'),
  );
  const texts = new Map<string, Promise<FloatTensor>>();
  const concepts = (template: string): Promise<FloatTensor> => {
    let made = texts.get(template);
    if (!made) {
      const prompts = names.map((name) => fillTemplate(template, name));
      made = run.models.clip().then((clip) => textFeatures(run, clip, prompts));
      texts.set(template, made);
    }
    return made;
  };
  const labels = once(async () =>
    existsSync(run.directory.file(NEGATIVES)) ? readLabels(run) : mineLabels(run, await run.models.clip()),
  );
  const places = items.map((item) => place.get(item.className)!);
  const images: TrainingImages = {names, items, labels: places, readings};
  const negated = new Map<string, Promise<FloatTensor>>();
  // Both of CLIPN's rules ask for the same.
  const noFeatures = (request: NegatedRequest): Promise<FloatTensor> => {
    const key = JSON.stringify(request);
    let made = negated.get(key);
    if (!made) negated.set(key, (made = negatedFeatures(run, images, request)));
    return made;
  };
  const trained = once(() => readDetector(run.directory.file(DETECTOR)));
  return {
    classes: names,
    images: readings,
    labels: places,
    seed: run.config.seed,
    head: once(async () => {
      const classifier = await run.models.classifier();
      return rowsOf(await classifierHead(classifier), headRows(classifier.config.labels, classes));
    }),
    concepts,
    async negatedConcepts(request) {
      return {concepts: await concepts(request.template), negated: await noFeatures(request)};
    },
    learnedPrompts: (request) => learnedPromptFeatures(run, images, request),
    tokenEmbeddings: once(() => classTokenEmbeddings(run)),
    render: (request) => renderOutliers(run, request),
    async negativeLabels() {
      const {classFeatures, negativeFeatures, permutation} = await labels();
      return {classes: classFeatures, negatives: negativeFeatures, permutation};
    },
    ...(existsSync(run.directory.file(DETECTOR, 'detector.json'))
      ? {
          async trainedSides() {
            const {projection, tunedNegatives} = (await trained()).features;
            return {projection, tunedNegatives};
          },
        }
      : {}),
  };
}
