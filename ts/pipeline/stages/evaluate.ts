import {rm} from 'node:fs/promises';
import {join} from 'node:path';
import {SynoodError} from '../../binding/errors.js';
import {writeFileAtomic} from '../../data/files/atomic-file.js';
import {hashFile} from '../../data/files/canonical-hash.js';
import type {ImageItem} from '../../data/image-folder.js';
import {detectorFiles} from '../../detection/detector-files.js';
import {evaluateScores} from '../../evaluation/metrics.js';
import {thresholdAtTpr} from '../../evaluation/fpr-at-tpr.js';
import {Detector} from '../../detection/detector.js';
import type {ImageReadings} from '../../detection/readings.js';
import {type ComparedDetector, comparedDetectors, firstReading} from '../detectors.js';
import {chosenKinds, needsTraining} from '../evaluation/fit-detectors.js';
import {withoutOverlap} from '../evaluation/overlap.js';
import {readSet} from '../evaluation/set-readings.js';
import {
  definitions,
  type DetectorEvaluation,
  EVALUATION,
  type Evaluation,
  SCORES,
  type ScoresFile,
  type SetEvaluation,
} from '../evaluation-file.js';
import {addIntervals, BASELINE, type EvaluatedDetector, REPLICATES} from '../intervals.js';
import {MISSES, type ScoredSet, writeMisses} from '../misses.js';
import {leaveOutSkipped, type RunContext} from '../run-context.js';
import {imageSetHash} from '../run-data.js';
import type {Stage} from '../stage.js';
import {DETECTOR} from './finetune.js';

interface Featured {
  name: string;
  against: string;
  items: ImageItem[];
  readings: ImageReadings;
}

async function featured(run: RunContext): Promise<{ins: Featured[]; outs: Featured[]}> {
  const inTests = (await run.data.inTests()).map((set) => ({...set, against: ''}));
  const outSets = await run.data.outSets();
  const inside = [...(await run.data.train()).items, ...inTests.flatMap(({items}) => items)];
  const total = [...inTests, ...outSets].reduce((sum, {items}) => sum + items.length, 0);
  const first = firstReading(run);
  let done = 0;
  const compute = async (sets: typeof outSets, known: ImageItem[]): Promise<Featured[]> => {
    const all: Featured[] = [];
    for (const set of sets) {
      leaveOutSkipped(run, set.name, set.skipped);
      const onImage = () => run.progress(++done, total, set.name);
      const apart = await withoutOverlap(run, set.name, set.items, known);
      const {items, readings} = await readSet(run, set.name, apart, first, onImage);
      if (items.length > 0) all.push({name: set.name, against: set.against, items, readings});
      else run.leaveOut(`set: ${set.name}`, 'has no image that can be read');
    }
    return all;
  };
  return {ins: await compute(inTests, []), outs: await compute(outSets, inside)};
}

async function accuracyOf(
  run: RunContext,
  detector: ComparedDetector,
  {items, readings}: Featured,
): Promise<number | null> {
  const classes = await run.data.classes();
  const place = new Map(classes.map(({id}, index) => [id, index]));
  const known = items.map(({className}) => place.get(className));
  if (known.every((label) => label === undefined)) return null;
  const found = await detector.classify(readings);
  const counted = known.filter((label) => label !== undefined).length;
  return found.filter((label, index) => label === known[index]).length / counted;
}

function meansOf(sets: SetEvaluation[], fpr: Evaluation['fpr']): DetectorEvaluation['means'] {
  const names = [...new Set(sets.map(({against}) => against))];
  const mean = (values: number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
  return Object.fromEntries(
    names.map((name) => {
      const some = sets.filter(({against}) => against === name);
      return [
        name,
        {
          sets: some.length,
          auroc: mean(some.map(({auroc}) => auroc)),
          fpr95: mean(some.map(({fpr95}) => fpr95[fpr])),
        },
      ];
    }),
  );
}

async function evaluateDetector(
  run: RunContext,
  detector: ComparedDetector,
  {ins, outs}: {ins: Featured[]; outs: Featured[]},
): Promise<EvaluatedDetector> {
  const scores: ScoresFile = {detector: detector.name, inDistribution: {}, outOfDistribution: {}};
  const {name, title, baseline, settings, search} = detector;
  const about = {name, title, baseline, settings, ...(search ? {search} : {})};
  const evaluation: DetectorEvaluation = {...about, inDistribution: [], sets: [], means: {}};
  for (const set of ins) {
    const values = Array.from(await detector.score(set.readings));
    scores.inDistribution[set.name] = {ids: set.items.map(({id}) => id), scores: values};
    evaluation.inDistribution.push({
      name: set.name,
      count: values.length,
      accuracy: await accuracyOf(run, detector, set),
      threshold95: thresholdAtTpr(values),
    });
  }
  for (const set of outs) {
    const inScores = scores.inDistribution[set.against]?.scores;
    if (inScores === undefined) continue;
    const values = Array.from(await detector.score(set.readings));
    scores.outOfDistribution[set.name] = {ids: set.items.map(({id}) => id), scores: values};
    evaluation.sets.push({name: set.name, against: set.against, ...evaluateScores(inScores, values)});
  }
  evaluation.means = meansOf(evaluation.sets, run.config.evaluate.fpr);
  return {evaluation, scores};
}

/** What the run's own detector, the last, is most wrong about. */
async function missesOf(
  run: RunContext,
  {evaluation, scores}: EvaluatedDetector,
  {ins, outs}: {ins: Featured[]; outs: Featured[]},
): Promise<void> {
  const engine = await run.models.engine();
  const clip = await run.models.clip();
  const detector = await Detector.load(run.directory.file(DETECTOR), {engine, clip});
  const scored = async (sets: Featured[], of: ScoresFile['inDistribution']): Promise<ScoredSet[]> => {
    const all: ScoredSet[] = [];
    for (const {name, readings} of sets) {
      const kept = of[name];
      if (kept) all.push({name, features: await readings.read({of: 'clip'}), ...kept});
    }
    return all;
  };
  await writeMisses(run, {
    name: evaluation.name,
    detector,
    ins: await scored(ins, scores.inDistribution),
    outs: await scored(outs, scores.outOfDistribution),
  });
}

/** Every detector on every set; every score is kept. */
export const evaluate: Stage = {
  name: 'evaluate',
  outputs: [EVALUATION, SCORES],
  needs: ({evaluate: options}) =>
    needsTraining(chosenKinds(options)) ? ['select', 'contexts', 'synthesize', 'mine', 'finetune'] : [],

  async inputs({config, data, models, directory}) {
    const sets = [...(await data.inTests()), ...(await data.outSets())];
    return {
      evaluate: config.evaluate,
      // Of the draws that the intervals come from.
      seed: config.seed,
      intervals: {replicates: REPLICATES, baseline: BASELINE},
      misses: true,
      batchSize: config.engine.batchSize,
      classes: await data.classes(),
      clip: await models.fingerprint('clip'),
      classifier: await models.fingerprint('classifier'),
      detector: needsTraining(chosenKinds(config.evaluate))
        ? await Promise.all(detectorFiles.map((file) => hashFile(directory.file(DETECTOR, file))))
        : null,
      train: await imageSetHash((await data.train()).items),
      calibration: await imageSetHash((await data.calibration()).items),
      sets: await Promise.all(
        sets.map(async (set) => ({
          name: set.name,
          against: 'against' in set ? set.against : null,
          images: await imageSetHash(set.items),
        })),
      ),
    };
  },

  async run(run) {
    const sets = await featured(run);
    if (sets.ins.length === 0) {
      throw new SynoodError(
        'ERR_CONFIG',
        'Expected in-distribution test images, found none that can be read. Give data.validation.',
      );
    }
    for (const {name, against} of sets.outs) {
      if (sets.ins.some((set) => set.name === against)) continue;
      run.leaveOut(`set: ${name}`, `is compared with "${against}", which has no image that can be read`);
    }
    await rm(run.directory.file(SCORES), {recursive: true, force: true});
    const done: EvaluatedDetector[] = [];
    for (const detector of await comparedDetectors(run)) {
      const one = await evaluateDetector(run, detector, sets);
      done.push(one);
      const file = run.directory.file(join(SCORES, `${detector.name}.json`));
      await writeFileAtomic(file, `${JSON.stringify(one.scores)}\n`);
    }
    if (done.length === 0) {
      throw new SynoodError(
        'ERR_CONFIG',
        'None of the detectors could be fitted; the reasons stand above. Name others: evaluate.detectors.',
      );
    }
    const bootstrap = await addIntervals(run, done);
    await rm(run.directory.file(MISSES), {force: true});
    if (done.at(-1)!.evaluation.name === 'synood') await missesOf(run, done.at(-1)!, sets);
    const detectors = done.map(({evaluation}) => evaluation);
    const evaluation: Evaluation = {definitions, fpr: run.config.evaluate.fpr, bootstrap, detectors};
    await writeFileAtomic(run.directory.file(EVALUATION), `${JSON.stringify(evaluation, null, 2)}\n`);
    return {detectors: evaluation.detectors.length, sets: sets.outs.length};
  },
};
