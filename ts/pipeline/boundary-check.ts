import {SynoodError} from '../binding/errors.js';
import type {Engine} from '../models/engine.js';
import {quantile} from '../synthesis/boundary.js';
import type {RunConfig} from './config/schema.js';
import {diskScores} from './disk-scores.js';
import {lookAtRun} from './look-at-run.js';
import type {RunContext} from './run-context.js';
import {readTimes} from './sample-times.js';
import {type BoundaryFile, expectCalibratedModel, readBoundary} from './stages/boundary.js';
import {readSynthetic, type SyntheticImage} from './synthetic-rows.js';

export interface BoundaryCheckOptions {
  /** a run directory whose synthesis is done */
  out: string;
  signal?: AbortSignal;
  onProgress?: (done: number, total: number) => void;
  onLeftOut?: (what: string, reason: string) => void;
  engine?: Engine;
}

/** How near the boundary a group of images lies, by their files' scores. */
export interface NearBoundary {
  images: number;
  within: number;
  medianDistance: number;
}

export interface BoundaryCheck {
  run: string;
  gradient: string;
  score: BoundaryFile['score'];
  boundary: number;
  tolerance: number;
  accepted: NearBoundary;
  all: NearBoundary;
  /** the images of the first iteration, before the gradient has moved anything, by their recorded scores */
  unguided: NearBoundary;
  /** the largest distance between a file's score and the one in metadata.jsonl: the rounding to bytes */
  largestDifference: number;
  /** over all samples, accepted or not */
  iterationsPerAccepted: number;
  secondsPerAccepted: number;
  rows: {id: string; accepted: boolean; recorded: number | null; score: number}[];
}

function near(scores: readonly number[], {boundary, tolerance}: BoundaryFile): NearBoundary {
  const distances = scores.map((score) => Math.abs(score - boundary));
  return {
    images: scores.length,
    within: distances.filter((distance) => distance <= tolerance).length,
    medianDistance: distances.length === 0 ? NaN : quantile(distances, 0.5),
  };
}

function gradientName({synthesize}: RunConfig): string {
  const {gradient, maxIterations, reference} = synthesize;
  if (reference) return 'skip, as published';
  if (maxIterations === 1) return 'none';
  return typeof gradient === 'string' ? gradient : `truncated-${gradient.truncated}`;
}

async function costs(run: RunContext, rows: readonly SyntheticImage[], accepted: number) {
  const times = await readTimes(run);
  const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0);
  const seconds = sum(rows.map(({id}) => sum(times.get(id) ?? [NaN])));
  const iterations = sum(rows.map(({id, iterations}) => times.get(id)?.length ?? iterations));
  return {iterationsPerAccepted: iterations / accepted, secondsPerAccepted: seconds / accepted};
}

/**
 * An independent look at a synthesis: every image is read from its file, scored anew by a plain forward pass, and held
 * against the run's boundary.
 *
 * @throws SynoodError ERR_CONFIG if the run has no synthetic images, or its boundary is of another model
 */
export async function checkBoundary(
  config: RunConfig,
  options: BoundaryCheckOptions,
): Promise<BoundaryCheck> {
  const {out, signal, engine, onProgress, onLeftOut} = options;
  const run = await lookAtRun(config, out, {
    signal,
    engine,
    progress: (done, total) => onProgress?.(done, total),
    leaveOut: (what, reason) => onLeftOut?.(what, reason),
  });
  try {
    const boundary = await readBoundary(run);
    await expectCalibratedModel(run, boundary);
    const synthetic = await readSynthetic(run);
    const found = await diskScores(run, 'synthetic', synthetic, boundary);
    const rows = synthetic.flatMap(({id, accepted, score: recorded}) => {
      const score = found.get(id);
      return score === undefined ? [] : [{id, accepted, recorded, score}];
    });
    if (rows.length === 0) {
      throw new SynoodError(
        'ERR_CONFIG',
        `Expected synthetic images in ${out}, found none that can be read. Make them: synood synthesize --out ${out}`,
      );
    }
    const accepted = rows.filter((row) => row.accepted);
    return {
      run: out,
      gradient: gradientName(config),
      score: boundary.score,
      boundary: boundary.boundary,
      tolerance: boundary.tolerance,
      accepted: near(
        accepted.map(({score}) => score),
        boundary,
      ),
      all: near(
        rows.map(({score}) => score),
        boundary,
      ),
      unguided: near(
        synthetic.flatMap(({trajectory}) => trajectory[0] ?? []),
        boundary,
      ),
      largestDifference: Math.max(
        ...rows.map(({recorded, score}) => (recorded === null ? 0 : Math.abs(score - recorded))),
      ),
      ...(await costs(run, synthetic, accepted.length)),
      rows,
    };
  } finally {
    await run.models.dispose();
  }
}
