import {setImmediate as nextTurn} from 'node:timers/promises';
import {
  bootstrapMetrics,
  differences,
  meanReplicates,
  percentileInterval,
  type Replicates,
} from '../evaluation/bootstrap.js';
import {deLongTest} from '../evaluation/delong.js';
import type {DetectorEvaluation, Evaluation, Intervals, ScoresFile} from './evaluation-file.js';
import {checkAborted, type RunContext} from './run-context.js';

/** Draws of a bootstrap: enough for two digits of a 95 % interval's ends. */
export const REPLICATES = 1000;

/** What the others are compared with: NegLabel, which the method starts from. */
export const BASELINE = 'neglabel';

export interface EvaluatedDetector {
  evaluation: DetectorEvaluation;
  scores: ScoresFile;
}

const intervalsOf = ({auroc, fpr95}: Replicates): Intervals => ({
  auroc: percentileInterval(auroc),
  fpr95: percentileInterval(fpr95),
});

const less = (a: Replicates, b: Replicates): Replicates => ({
  auroc: differences(a.auroc, b.auroc),
  fpr95: differences(a.fpr95, b.fpr95),
});

const meanOf = (all: readonly Replicates[]): Replicates => ({
  auroc: meanReplicates(all.map(({auroc}) => auroc)),
  fpr95: meanReplicates(all.map(({fpr95}) => fpr95)),
});

/** Every set's replicates, by its name. Images are drawn alike for all detectors and for sets with one in-distribution set. */
async function replicatesOf(
  run: RunContext,
  {evaluation, scores}: EvaluatedDetector,
): Promise<Map<string, Replicates>> {
  const all = new Map<string, Replicates>();
  for (const {name, against} of evaluation.sets) {
    const ins = scores.inDistribution[against]!.scores;
    const outs = scores.outOfDistribution[name]!.scores;
    const made = bootstrapMetrics(ins, outs, {
      replicates: REPLICATES,
      seed: run.config.seed,
      inName: against,
      outName: name,
      fpr: run.config.evaluate.fpr,
    });
    all.set(name, made);
    // Timers and Ctrl-C have their turn between two sets.
    await nextTurn();
    checkAborted(run);
  }
  return all;
}

function pValue(set: {name: string; against: string}, a: ScoresFile, b: ScoresFile): number | null {
  const pair = (file: ScoresFile) => ({
    inScores: file.inDistribution[set.against]!.scores,
    outScores: file.outOfDistribution[set.name]!.scores,
  });
  const {inScores, outScores} = pair(a);
  if (inScores.length < 2 || outScores.length < 2) return null;
  return deLongTest(pair(a), pair(b)).p;
}

/** Fills in the intervals of every set and mean, and those of the differences to the baseline. */
export async function addIntervals(
  run: RunContext,
  detectors: readonly EvaluatedDetector[],
): Promise<Evaluation['bootstrap']> {
  const baseline = detectors.find(({evaluation}) => evaluation.name === BASELINE);
  const reference = baseline && (await replicatesOf(run, baseline));
  for (const [index, detector] of detectors.entries()) {
    run.progress(index, detectors.length, 'intervals');
    const {evaluation, scores} = detector;
    const own = detector === baseline ? reference! : await replicatesOf(run, detector);
    const compared = baseline && detector !== baseline ? {baseline, reference: reference!} : undefined;
    for (const set of evaluation.sets) {
      const made = own.get(set.name)!;
      set.intervals = intervalsOf(made);
      if (!compared) continue;
      set.difference = {
        ...intervalsOf(less(made, compared.reference.get(set.name)!)),
        p: pValue(set, scores, compared.baseline.scores),
      };
    }
    for (const [against, mean] of Object.entries(evaluation.means)) {
      const names = evaluation.sets.filter((set) => set.against === against).map(({name}) => name);
      const made = meanOf(names.map((name) => own.get(name)!));
      mean.intervals = intervalsOf(made);
      if (!compared) continue;
      mean.difference = intervalsOf(less(made, meanOf(names.map((name) => compared.reference.get(name)!))));
    }
  }
  return {replicates: REPLICATES, level: 0.95, baseline: baseline ? BASELINE : null};
}
