import {existsSync} from 'node:fs';
import type {DetectorResult, DetectorScores, ReportData, TrainingCurve} from '../report/report-data.js';
import {type DetectorEvaluation, type Evaluation, readEvaluation, readScores} from './evaluation-file.js';
import {MISSES} from './misses.js';
import {readLabels} from './negatives.js';
import {extrasOf} from './report-extras.js';
import {galleryOf} from './report-gallery.js';
import {machineOf} from './report-machine.js';
import {missesOfRun} from './report-misses.js';
import {RunParts} from './report-parts.js';
import type {RunContext} from './run-context.js';
import {leftOutOf} from './stage.js';
import {type BoundaryFile, readBoundary} from './stages/boundary.js';
import {DETECTOR_TRAINING} from './evaluation/trained-prompts.js';
import {readTraining} from './stages/finetune.js';
import {readImageLabels} from './stages/mine.js';
import {readSelection} from './stages/select.js';
import {readSynthetic, readSyntheticSoFar} from './synthetic-rows.js';
import {findTrainingLogs, readTrainingLog} from './training-logs.js';
import {readTimes} from './sample-times.js';

function resultOf(detector: DetectorEvaluation, fpr: Evaluation['fpr']): DetectorResult {
  const first = detector.inDistribution[0]!;
  const mean = detector.means[first.name] ??
    Object.values(detector.means)[0] ?? {
      auroc: NaN,
      fpr95: NaN,
      intervals: undefined,
      difference: undefined,
    };
  return {
    name: detector.name,
    title: detector.title,
    baseline: detector.baseline,
    inDistribution: {count: first.count, accuracy: first.accuracy ?? undefined, threshold: first.threshold95},
    mean: {
      auroc: mean.auroc,
      fpr95: mean.fpr95,
      intervals: mean.intervals,
      difference: mean.difference,
    },
    otherMeans: Object.entries(detector.means)
      .filter(([, one]) => one !== mean)
      .map(([against, one]) => ({against, ...one})),
    sets: detector.sets.map((set) => ({
      name: set.name,
      title: set.name,
      against: set.against,
      count: set.outCount,
      auroc: set.auroc,
      aupr: {in: set.auprIn, out: set.auprOut},
      fpr95: set.fpr95[fpr],
      fprDefinition: fpr,
      intervals: set.intervals,
      difference: set.difference && {...set.difference, p: set.difference.p ?? undefined},
    })),
  };
}

/** Every set's scores, and those of the in-distribution images that it is compared with. */
async function scoresOf(run: RunContext, detector: DetectorEvaluation): Promise<DetectorScores> {
  const file = await readScores(run, detector.name);
  const main = detector.inDistribution[0]!.name;
  const scoresBy = (sets: typeof file.inDistribution) =>
    Object.fromEntries(Object.entries(sets).map(([name, {scores}]) => [name, scores]));
  return {
    ind: file.inDistribution[main]!.scores,
    inds: scoresBy(file.inDistribution),
    sets: scoresBy(file.outOfDistribution),
  };
}

function notesOf(run: RunContext, boundary: BoundaryFile | undefined): string[] {
  const {finetune, synthesize, select} = run.config;
  return [
    `Selection: the ${select.perClass} most complex images of each class, complexity by ${select.complexity}.`,
    `Boundary: on the classifier's ${boundary?.score ?? 'energy'}, ${typeof synthesize.boundary === 'number' ? 'as configured' : `the ${synthesize.boundary.quantile} quantile of held-out in-distribution images`}; skip gradient, at most ${synthesize.maxIterations} iterations.`,
    finetune.use === 'all'
      ? 'Fine-tuning used rejected synthetic images too.'
      : 'Fine-tuning used accepted synthetic images only.',
    finetune.reencode === 'none'
      ? 'Training images were used as they are: a file format that differs between real and synthetic ones can be learned.'
      : `Real and synthetic training images were re-encoded alike before fine-tuning (${finetune.reencode}).`,
  ];
}

export interface ReportOptions {
  /** what cannot be read is an error; else the report says so */
  strict?: boolean;
  /** times and memory too, which differ from one run to the next */
  machine?: boolean;
}

const numbers = (values: readonly (number | null)[]): number[] => values.filter((value) => value !== null);

/** The synthetic images, or those of a synthesis that is not over. */
async function syntheticOf(run: RunContext, parts: RunParts) {
  if (parts.isDone('synthesize')) return parts.read('synthesize', [], () => readSynthetic(run));
  const soFar = await parts.attempt('synthesize', [], () => readSyntheticSoFar(run));
  if (soFar.length > 0) parts.detail('synthesize', `${soFar.length} images so far`);
  return soFar;
}

/** What `synood train` wrote into the run directory, or into its folders training/ and detector/; what detectors trained. */
async function logsOf({directory}: RunContext): Promise<TrainingCurve[]> {
  const curves: TrainingCurve[] = [];
  for (const folder of ['', 'training', 'detector', DETECTOR_TRAINING]) {
    for (const path of await findTrainingLogs(directory.file(folder)))
      curves.push(await readTrainingLog(path));
  }
  return curves;
}

async function scoresOfAll(run: RunContext, evaluation: Evaluation | undefined, parts: RunParts) {
  const scores: ReportData['scores'] = {};
  for (const detector of evaluation?.detectors ?? []) {
    const read = await parts.read('evaluate', undefined, () => scoresOf(run, detector));
    if (read) scores[detector.name] = read;
  }
  return scores;
}

/** Everything that the report shows, read from the run directory. */
export async function reportOfRun(
  run: RunContext,
  {strict = false, machine = false}: ReportOptions = {},
): Promise<ReportData> {
  const {config, directory} = run;
  const parts = new RunParts(run, strict);
  const selection = await parts.read('select', [], () => readSelection(run));
  const synthetic = await syntheticOf(run, parts);
  const boundary =
    synthetic.length > 0
      ? await parts.attempt('synthesize', undefined, () => readBoundary(run))
      : await parts.read('synthesize', undefined, () => readBoundary(run));
  const labels = await parts.read('mine', undefined, () => readLabels(run));
  const imageLabels = await parts.read('mine', new Map<never, never>(), () => readImageLabels(run));
  const training = await parts.read('finetune', undefined, () => readTraining(run));
  const evaluation = await parts.read('evaluate', undefined, () => readEvaluation(run));
  const own = evaluation?.detectors.at(-1);
  // Runs of earlier versions have none; one that is gone is told by the state of its stage.
  const misses =
    own && existsSync(directory.file(MISSES))
      ? await parts.read('evaluate', undefined, () => missesOfRun(run, own.title))
      : undefined;
  const gallery = await parts.attempt('synthesize', [], () =>
    galleryOf(run, synthetic, selection, imageLabels),
  );
  const times = machine
    ? await parts.attempt('synthesize', new Map<string, number[]>(), () => readTimes(run))
    : undefined;
  for (const sample of gallery) {
    const seconds = times?.get(sample.id);
    if (seconds) sample.seconds = seconds.reduce((sum, one) => sum + one, 0);
  }
  const data: ReportData = {
    title: config.name,
    headline: {
      trainedOn: config.world === undefined ? run.data.trainFolder : 'Emoji World',
      classes: labels?.classes.map(({name}) => name) ?? [...new Set(selection.map((row) => row.class))],
      images: selection.length,
      synthetic: {
        made: synthetic.length,
        accepted: synthetic.filter(({accepted}) => accepted).length,
        boundary: boundary?.boundary ?? NaN,
        tolerance: boundary?.tolerance ?? NaN,
        score: boundary?.score ?? 'energy',
      },
      negativeLabels: labels?.negatives.length ?? 0,
      seed: String(config.seed),
      versions: directory.record.versions,
      command: String(directory.record.notes['command'] ?? 'synood run'),
    },
    detectors: evaluation?.detectors.map((detector) => resultOf(detector, evaluation.fpr)) ?? [],
    comparedWith: evaluation?.bootstrap?.baseline ?? undefined,
    scores: await scoresOfAll(run, evaluation, parts),
    training: [
      ...(training
        ? [
            {name: 'projection', title: 'Image projection', losses: training.projection},
            {name: 'labels', title: 'Negative labels', losses: training.labels},
          ].filter(({losses}) => losses.length > 0)
        : []),
      ...(await parts.attempt('finetune', [], () => logsOf(run))),
    ],
    gallery,
    boundary: {
      calibrationScores: boundary?.calibration.map(({score}) => score) ?? [],
      before: numbers(synthetic.map(({score_before}) => score_before)),
      after: numbers(synthetic.map(({score}) => score)),
    },
    misses,
    configuration: directory.record.configuration,
    leftOut: leftOutOf(run),
    notes: notesOf(run, boundary),
    ...(machine ? {machine: machineOf(directory)} : {}),
  };
  const extras = await parts.attempt('report', {}, () => extrasOf(run));
  return {...data, ...extras, stages: parts.states()};
}
