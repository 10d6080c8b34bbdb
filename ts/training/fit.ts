import {join} from 'node:path';
import type {Tensor} from '../binding/contract.js';
import {type CheckpointOwner, loadCheckpoint, saveCheckpoint} from './checkpoint.js';
import {openCurves, stepsOf, type TrainingStep} from './curves.js';
import {epochOrder} from './epochs.js';
import {removeLeftovers} from './leftovers.js';
import {poolOf, type SampleSource} from './samples/source.js';
import type {Trainer} from './trainer.js';

export interface FitPlan {
  trainer: Trainer;
  source: SampleSource;
  owner: CheckpointOwner;
  /** folder of the checkpoint and the log; more than one training may share it under names of their own */
  out: string;
  name: string;
  seed: number | bigint;
  epochs: number;
  batchSize: number;
  /** steps between two checkpoints */
  checkpointEvery: number;
}

export interface FitOptions {
  signal?: AbortSignal;
  onStep?: (step: TrainingStep, total: number) => void;
}

export interface FitResult {
  steps: number;
  /** of them done by an earlier, interrupted run */
  resumedFrom: number;
  last?: TrainingStep;
}

/** As long as people wait for a figure, in milliseconds. */
const SEGMENT_MILLISECONDS = 400;

/** Steps on samples that are read for them: a pool of these is in memory while the next one is read. */
const STREAMED_STEPS = 8;

const checkpointFile = ({out, name}: FitPlan): string => join(out, `${name}.checkpoint.safetensors`);
export const curvesFile = (out: string, name: string): string => join(out, `${name}.jsonl`);

function rows(order: Tensor<BigInt64Array>, from: number, to: number): Tensor<BigInt64Array> {
  const width = order.shape[1]!;
  return {data: order.data.subarray(from * width, to * width), shape: [to - from, width]};
}

/**
 * Trains from the last checkpoint to the end, in segments, with a log of every step. The order of the samples depends on
 * the seed alone, so that a training that was cut off at any moment ends with the bytes of one that was not.
 *
 * @throws SynoodError as the core and the source do; the last checkpoint then stays where it is
 */
export async function fit(plan: FitPlan, options: FitOptions = {}): Promise<FitResult> {
  const {trainer, source, owner} = plan;
  const order = epochOrder(plan.seed, source.count, plan.epochs, plan.batchSize);
  const total = order.shape[0]!;
  await removeLeftovers(plan.out);
  const resumedFrom = await loadCheckpoint(checkpointFile(plan), trainer, owner);
  await using log = await openCurves(curvesFile(plan.out, plan.name), resumedFrom);
  let last: TrainingStep | undefined;
  let length = source.whole ? 1 : STREAMED_STEPS;
  const segment = (from: number) => {
    const boundary = Math.min(total, (Math.floor(from / plan.checkpointEvery) + 1) * plan.checkpointEvery);
    const to = Math.min(boundary, from + length);
    const epoch = Math.floor((from * order.shape[1]!) / source.count);
    return {from, to, pool: poolOf(source, rows(order, from, to), epoch, options.signal)};
  };
  let next = resumedFrom < total ? segment(resumedFrom) : undefined;
  while (next) {
    const {from, to, pool} = next;
    const {data, order: own} = await pool;
    const started = performance.now();
    const running = trainer.steps(data, own, {signal: options.signal});
    running.catch(() => undefined);
    // Samples of the next steps are read while these are computed; what is in memory need not be.
    next = !source.whole && to < total ? segment(to) : undefined;
    next?.pool.catch(() => undefined);
    const figures = await running;
    const milliseconds = Math.max(1e-3, performance.now() - started);
    const steps = stepsOf(figures, from, ((to - from) * order.shape[1]! * 1000) / milliseconds);
    await log.append(...steps);
    for (const step of steps) options.onStep?.(step, total);
    last = steps.at(-1);
    if (to === total || to % plan.checkpointEvery === 0)
      await saveCheckpoint(checkpointFile(plan), trainer, owner);
    if (source.whole) {
      length = Math.max(1, Math.round((SEGMENT_MILLISECONDS / milliseconds) * (to - from)));
      next = to < total ? segment(to) : undefined;
    }
  }
  return {steps: total, resumedFrom, last};
}
