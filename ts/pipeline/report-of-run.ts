import {readFile} from 'node:fs/promises';
import type {DetectorResult, DetectorScores, GallerySample, ReportData} from '../report/report-data.js';
import {type DetectorEvaluation, type Evaluation, readEvaluation, readScores} from './evaluation-file.js';
import {readLabels} from './negatives.js';
import type {RunContext} from './run-context.js';
import {leftOutOf} from './stage.js';
import {type BoundaryFile, readBoundary} from './stages/boundary.js';
import {readTraining} from './stages/finetune.js';
import {readImageLabels} from './stages/mine.js';
import {readSelection, type SelectedImage} from './stages/select.js';
import {readSynthetic, type SyntheticImage} from './synthetic-rows.js';

/** As many as the report shows. */
const GALLERY = 200;

function resultOf(detector: DetectorEvaluation, fpr: Evaluation['fpr']): DetectorResult {
  const first = detector.inDistribution[0]!;
  const mean = detector.means[first.name] ?? Object.values(detector.means)[0] ?? {auroc: 0, fpr95: 0};
  return {
    name: detector.name,
    title: detector.title,
    baseline: detector.baseline,
    inDistribution: {count: first.count, accuracy: first.accuracy ?? undefined, threshold: first.threshold95},
    mean: {auroc: mean.auroc, fpr95: mean.fpr95},
    sets: detector.sets.map((set) => ({
      name: set.name,
      title: titleOf(set.name, set.against, first.name),
      count: set.outCount,
      auroc: set.auroc,
      aupr: {in: set.auprIn, out: set.auprOut},
      fpr95: set.fpr95[fpr],
      fprDefinition: fpr,
    })),
  };
}

const titleOf = (name: string, against: string, main: string): string =>
  against === main || name.endsWith(`-${against}`) ? name : `${name} (against ${against})`;

/** Curves need one in-distribution set: the sets that are compared with another one are left to the table. */
async function scoresOf(run: RunContext, detector: DetectorEvaluation): Promise<DetectorScores> {
  const file = await readScores(run, detector.name);
  const main = detector.inDistribution[0]!.name;
  const own = detector.sets.filter(({against}) => against === main);
  return {
    ind: file.inDistribution[main]!.scores,
    sets: Object.fromEntries(own.map(({name}) => [name, file.outOfDistribution[name]!.scores])),
  };
}

/** A few of every class first, so that a short gallery still shows all. */
function spread(images: SyntheticImage[]): SyntheticImage[] {
  const seen = new Map<string, number>();
  const ranked = images.map((image, index) => {
    const rank = seen.get(image.class) ?? 0;
    seen.set(image.class, rank + 1);
    return {image, rank, index};
  });
  return ranked.sort((a, b) => a.rank - b.rank || a.index - b.index).map(({image}) => image);
}

async function galleryOf(run: RunContext, synthetic: SyntheticImage[], sources: Map<string, SelectedImage>) {
  const labels = await readImageLabels(run);
  const classes = new Map((await run.data.classes()).map(({id, name}) => [id, name]));
  const samples: GallerySample[] = [];
  for (const row of spread(synthetic).slice(0, GALLERY)) {
    const numbers = [row.score_before, ...row.trajectory].filter((value) => value !== null);
    const source = sources.get(row.source);
    samples.push({
      id: row.id,
      className: classes.get(row.class) ?? row.class,
      contexts: row.contexts,
      prompt: row.prompt,
      negativeLabel: labels.get(row.file_name)?.label,
      seed: row.seed,
      accepted: row.accepted,
      reason: row.reason,
      trajectory: numbers,
      // The report shows a file that is gone as not readable.
      before: source ? await readFile(source.path).catch(() => new Uint8Array()) : new Uint8Array(),
      after: await readFile(row.path).catch(() => new Uint8Array()),
    });
  }
  return samples;
}

function notesOf(run: RunContext, evaluation: Evaluation, {score}: BoundaryFile): string[] {
  const {finetune, synthesize, select} = run.config;
  const own = evaluation.detectors.at(-1);
  const others = (own?.inDistribution ?? []).slice(1).map(({name}) => name);
  const means = others.flatMap((name) => {
    const mean = own?.means[name];
    if (!mean) return [];
    return [
      `The means in the table are over the sets that are compared with ${own!.inDistribution[0]!.name}. Over the ${mean.sets} compared with ${name}, ${own!.title} has AUROC ${percent(mean.auroc)} and FPR95 ${percent(mean.fpr95)}.`,
    ];
  });
  return [
    `Selection: the ${select.perClass} most complex images of each class, complexity by ${select.complexity}.`,
    `Boundary: on the classifier's ${score}, ${typeof synthesize.boundary === 'number' ? 'as configured' : `the ${synthesize.boundary.quantile} quantile of held-out in-distribution images`}; skip gradient, at most ${synthesize.maxIterations} iterations.`,
    finetune.use === 'all'
      ? 'Fine-tuning used rejected synthetic images too.'
      : 'Fine-tuning used accepted synthetic images only.',
    finetune.reencode === 'none'
      ? 'Training images were used as they are: a file format that differs between real and synthetic ones can be learned.'
      : `Real and synthetic training images were re-encoded alike before fine-tuning (${finetune.reencode}).`,
    ...means,
  ];
}

const percent = (value: number): string => `${(value * 100).toFixed(1)} %`;

/** Everything that the report shows, read from the run directory. */
export async function reportOfRun(run: RunContext): Promise<ReportData> {
  const {config, directory} = run;
  const evaluation = await readEvaluation(run);
  const selection = await readSelection(run);
  const synthetic = await readSynthetic(run);
  const boundary = await readBoundary(run);
  const labels = await readLabels(run);
  const training = await readTraining(run);
  const used = synthetic.map(({score}) => score).filter((score) => score !== null);
  const before = synthetic.map(({score_before}) => score_before).filter((score) => score !== null);
  const {versions} = directory.record;
  const scores: ReportData['scores'] = {};
  for (const detector of evaluation.detectors) scores[detector.name] = await scoresOf(run, detector);
  return {
    title: config.name,
    headline: {
      trainedOn: config.world === undefined ? run.data.trainFolder : 'Emoji World',
      classes: labels.classes.map(({name}) => name),
      images: selection.length,
      synthetic: {
        made: synthetic.length,
        accepted: synthetic.filter(({accepted}) => accepted).length,
        boundary: boundary.boundary,
        tolerance: boundary.tolerance,
        score: boundary.score,
      },
      negativeLabels: labels.negatives.length,
      seed: String(config.seed),
      versions,
      command: String(directory.record.notes['command'] ?? 'synood run'),
    },
    detectors: evaluation.detectors.map((detector) => resultOf(detector, evaluation.fpr)),
    scores,
    training: [
      {stage: 'projection', losses: training.projection},
      {stage: 'labels', losses: training.labels},
    ],
    gallery: await galleryOf(run, synthetic, new Map(selection.map((image) => [image.id, image]))),
    boundary: {
      calibrationScores: boundary.calibration.map(({score}) => score),
      before,
      after: used,
    },
    leftOut: leftOutOf(run),
    notes: notesOf(run, evaluation, boundary),
  };
}
