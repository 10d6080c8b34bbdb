import {join} from 'node:path';
import {z} from 'zod';
import {SynoodError} from '../../binding/errors.js';
import {writeFileAtomic} from '../../data/files/atomic-file.js';
import {hashFile} from '../../data/files/canonical-hash.js';
import {checkJson, readJson} from '../../data/files/json-file.js';
import {decodeImage} from '../../data/image.js';
import {Detector} from '../../detection/detector.js';
import {
  type DetectorDescription,
  type DetectorFeatures,
  detectorFiles,
  writeDetector,
} from '../../detection/detector-files.js';
import {thresholdAtTpr} from '../../evaluation/fpr-at-tpr.js';
import {clipFeatures} from '../clip-features.js';
import {type Labels, NEGATIVE_FEATURES, NEGATIVES, readLabels} from '../negatives.js';
import {reencoder} from '../reencode.js';
import type {RunContext} from '../run-context.js';
import {imageSetHash} from '../run-data.js';
import type {Stage} from '../stage.js';
import {readSynthetic, SYNTHETIC} from '../synthetic-rows.js';
import {type TrainingSets, trainSides} from '../train-sides.js';
import {LABELS, readImageLabels} from './mine.js';
import {readSelection, SELECTION} from './select.js';

export const DETECTOR = 'detector';
export const TRAINING = join(DETECTOR, 'training.json');

const trainingSchema = z.strictObject({
  /** of every step; where both sides are trained at once, all of them stand in `projection` */
  projection: z.array(z.number()),
  labels: z.array(z.number()),
  images: z.strictObject({inDistribution: z.number(), synthetic: z.number()}),
});

export async function readTraining(run: RunContext): Promise<z.infer<typeof trainingSchema>> {
  const file = run.directory.file(TRAINING);
  return checkJson(trainingSchema, await readJson(file, 'ERR_CONFIG'), file, 'ERR_CONFIG');
}

async function trainingSets(run: RunContext, labels: Labels): Promise<TrainingSets> {
  const clip = await run.models.clip();
  const assigned = await readImageLabels(run);
  const all = (await readSynthetic(run)).filter(({file_name}) => assigned.has(file_name));
  const {use} = run.config.finetune;
  const chosen = use === 'none' ? [] : use === 'all' ? all : all.filter(({accepted}) => accepted);
  if (chosen.length === 0 && use !== 'none') {
    throw new SynoodError(
      'ERR_CONFIG',
      `None of the ${all.length} synthetic images was accepted. Raise synthesize.tolerance or synthesize.maxIterations, or train on all of them: finetune.use "all".`,
    );
  }
  const {width: side} = await decodeImage((chosen[0] ?? all[0]!).path);
  const selection = await readSelection(run);
  const place = new Map(labels.classes.map(({id}, index) => [id, index]));
  const total = selection.length + chosen.length;
  let done = 0;
  const onImage = () => run.progress(++done, total, 'features');
  const real = await clipFeatures(run, clip, selection, {
    set: 'inDistribution',
    change: await reencoder(run, 'real', side),
    onImage,
  });
  const synthetic = await clipFeatures(
    run,
    clip,
    chosen.map((row) => ({...row, id: row.file_name})),
    {
      set: SYNTHETIC,
      change: await reencoder(run, 'synthetic', side),
      onImage,
    },
  );
  return {
    real: {features: real.features, labels: real.items.map((item) => place.get(item.class)!)},
    synthetic: {
      features: synthetic.features,
      labels: synthetic.items.map(({file_name}) => assigned.get(file_name)!.index),
    },
  };
}

async function describe(run: RunContext, labels: Labels): Promise<DetectorDescription> {
  const {config, models} = run;
  const {name, seed} = config;
  return {
    format: 2,
    clip: {reference: models.reference('clip'), fingerprint: await models.fingerprint('clip')},
    classes: labels.classes.map(({name: label, prompt}) => ({name: label, prompt})),
    negatives: labels.negatives.map(({name: label, prompt}) => ({name: label, prompt})),
    permutation: labels.permutation,
    groups: Math.min(config.evaluate.groups, labels.negatives.length),
    temperature: config.evaluate.temperature,
    parts: {projection: true, labels: true},
    threshold: {value: 0, truePositiveRate: 0.95, images: 0},
    provenance: {run: name, seed, finetune: config.finetune, mine: config.mine},
  };
}

/** The score that 95 % of the held-out images reach. */
async function threshold(run: RunContext, detector: Detector): Promise<DetectorDescription['threshold']> {
  const {items} = await run.data.calibration();
  const clip = await run.models.clip();
  const {features} = await clipFeatures(run, clip, items, {set: 'calibration'});
  const scores = await detector.scoreFeatures(features, run.signal);
  if (scores.length === 0) {
    throw new SynoodError(
      'ERR_CONFIG',
      'Expected calibration images for the threshold, found none that can be read.',
    );
  }
  return {value: thresholdAtTpr(scores, 0.95), truePositiveRate: 0.95, images: scores.length};
}

/** Trains both sides on chosen and synthetic images, and writes the detector (SynOOD, section 3.3). */
export const finetune: Stage = {
  name: 'finetune',
  outputs: [...detectorFiles.map((file) => join(DETECTOR, file)), TRAINING],
  portable: [DETECTOR],

  async inputs({config, data, models, directory}) {
    const {finetune: options, evaluate, mine, name, seed, engine, synthesize} = config;
    const files = [SELECTION, LABELS, NEGATIVES, NEGATIVE_FEATURES, join(SYNTHETIC, 'metadata.jsonl')];
    return {
      options,
      mine,
      name,
      seed,
      groups: evaluate.groups,
      temperature: evaluate.temperature,
      batchSize: [engine.batchSize, synthesize.batchSize],
      files: await Promise.all(files.map((file) => hashFile(directory.file(file)))),
      calibration: await imageSetHash((await data.calibration()).items),
      clip: await models.fingerprint('clip'),
      inpainter: options.reencode === 'autoencoder' ? await models.fingerprint('inpainter') : null,
    };
  },

  async run(run) {
    const labels = await readLabels(run);
    const sets = await trainingSets(run, labels);
    const {projection, tunedNegatives, losses} = await trainSides(run, labels, sets);
    const features: DetectorFeatures = {
      classes: labels.classFeatures,
      negatives: labels.negativeFeatures,
      tunedNegatives,
      projection,
    };
    const untested = await describe(run, labels);
    const detector = Detector.of(await run.models.engine(), await run.models.clip(), untested, features);
    const description = {...untested, threshold: await threshold(run, detector)};
    await writeDetector(run.directory.file(DETECTOR), description, features);
    const images = {inDistribution: sets.real.labels.length, synthetic: sets.synthetic.labels.length};
    const training = {...losses, images};
    await writeFileAtomic(run.directory.file(TRAINING), `${JSON.stringify(training)}\n`);
    await run.models.release('inpainter');
    return {...images, threshold: description.threshold.value};
  },
};
