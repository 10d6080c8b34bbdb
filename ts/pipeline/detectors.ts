import type {FloatTensor} from '../binding/contract.js';
import {Detector, type DetectorParts} from '../detection/detector.js';
import {mcmScores} from '../detection/mcm.js';
import {argmaxRows, fillTemplate, textFeatures} from './clip-features.js';
import type {RunContext} from './run-context.js';
import {DETECTOR} from './stages/finetune.js';

/** A detector that the evaluation compares. */
export interface ComparedDetector {
  name: string;
  title: string;
  baseline: boolean;
  /** features (N, D) of images -> N scores, higher is in-distribution */
  score(features: FloatTensor): Promise<Float32Array>;
  /** the class of each image, an index into the run's classes */
  classify(features: FloatTensor): Promise<number[]>;
}

const variants: {name: string; title: string; parts: DetectorParts}[] = [
  {name: 'neglabel', title: 'NegLabel', parts: {projection: false, labels: false}},
  {name: 'synood-image', title: 'SynOOD, image side', parts: {projection: true, labels: false}},
  {name: 'synood-label', title: 'SynOOD, label side', parts: {projection: false, labels: true}},
  {name: 'synood', title: 'SynOOD', parts: {projection: true, labels: true}},
];

/** Baselines first, the run's own detector last. */
export async function comparedDetectors(run: RunContext): Promise<ComparedDetector[]> {
  const engine = await run.models.engine();
  const clip = await run.models.clip();
  const detector = await Detector.load(run.directory.file(DETECTOR), {engine, clip});
  const {mcmTemplate, mcmTemperature} = run.config.evaluate;
  const prompts = detector.labels.map((name) => fillTemplate(mcmTemplate, name));
  const classes = await textFeatures(run, clip, prompts);
  const mcm: ComparedDetector = {
    name: 'mcm',
    title: 'MCM',
    baseline: true,
    score: (features) => mcmScores(engine, features, classes, mcmTemperature, run.signal),
    classify: async (features) =>
      argmaxRows(await engine.run((native) => native.cosines(features, classes), run.signal)),
  };
  const grouped = variants.map(({name, title, parts}): ComparedDetector => {
    const variant = detector.with(parts);
    return {
      name,
      title,
      baseline: !parts.projection && !parts.labels,
      score: (features) => variant.scoreFeatures(features, run.signal),
      classify: async (features) => argmaxRows(await variant.classCosines(features, run.signal)),
    };
  });
  return [mcm, ...grouped];
}
