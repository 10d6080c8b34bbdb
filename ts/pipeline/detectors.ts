import type {DetectionTools} from '../detection/compute.js';
import type {ImageReadings, Reading} from '../detection/readings.js';
import {chosenKinds, fitDetectors} from './evaluation/fit-detectors.js';
import {fitDataOf} from './evaluation/fit-data.js';
import {readSet} from './evaluation/set-readings.js';
import type {RunContext} from './run-context.js';

/** A detector that the evaluation compares. */
export interface ComparedDetector {
  name: string;
  title: string;
  baseline: boolean;
  /** hyper-parameters, as they were given or found */
  settings: Record<string, unknown>;
  /** what a search tried, and the mean AUROC on the validation sets */
  search?: {settings: Record<string, unknown>; auroc: number}[];
  /** images -> scores, higher is in-distribution */
  score(images: ImageReadings): Promise<Float32Array>;
  /** the class of each image, an index into the run's classes */
  classify(images: ImageReadings): Promise<number[]>;
}

/** What decides which images of a set can be read: CLIP, if any detector needs it. */
export function firstReading(run: Pick<RunContext, 'config'>): Reading {
  const reads = chosenKinds(run.config.evaluate).flatMap((kind) => kind.reads);
  return {of: reads.includes('clip') ? 'clip' : 'classifier'};
}

/** Held-out images for thresholds and searches, and the training data, read when a detector has to be fitted. */
function partsOf(run: RunContext): Parameters<typeof fitDetectors>[2] {
  let made: ReturnType<Parameters<typeof fitDetectors>[2]> | undefined;
  const make = async () => {
    const first = firstReading(run);
    const data = await fitDataOf(run, first);
    const calibration = await readSet(run, 'calibration', (await run.data.calibration()).items, first);
    const sets = run.config.evaluate.search ? await run.data.outValidationSets() : [];
    const outOfDistribution: ImageReadings[] = [];
    for (const {name, items} of sets) {
      const {readings} = await readSet(run, `validation ${name}`, items, first);
      if (readings.count > 0) outOfDistribution.push(readings);
    }
    return {data, validation: {inDistribution: calibration.readings, outOfDistribution}};
  };
  return () => (made ??= make());
}

/** Baselines first, the run's own detector last. */
export async function comparedDetectors(run: RunContext): Promise<ComparedDetector[]> {
  const tools: DetectionTools = {engine: await run.models.engine(), signal: run.signal};
  const fitted = await fitDetectors(run, tools, partsOf(run));
  return fitted.map(({detector, search}): ComparedDetector => ({
    name: detector.kind.name,
    title: detector.kind.title,
    baseline: detector.kind.family !== 'synood',
    settings: detector.settings,
    ...(search && search.length > 0 ? {search} : {}),
    score: (images) => detector.score(images, tools),
    classify: (images) => detector.classify(images, tools),
  }));
}
