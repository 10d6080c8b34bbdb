import type {NamedTensor, Tensor} from '../../../binding/contract.js';
import {SynoodError} from '../../../binding/errors.js';
import type {Trainer} from '../../../training/trainer.js';
import {Random} from '../random.js';
import {loadCheckpoint, saveCheckpoint} from '../../../training/checkpoint.js';

export interface TrainingContext {
  seed: number;
  checkpoints: string;
  log: (line: string) => void;
  signal?: AbortSignal;
}

export interface StagePlan {
  name: string;
  steps: number;
  batchSize: number;
  /** steps on one pool of samples, before the next pool is rendered */
  stepsPerPool: number;
  /** the samples of pool number `index`; rendered while the pool before it is trained on */
  makePool: (index: number) => Promise<Pool>;
}

export interface Pool {
  data: NamedTensor[];
  count: number;
  /** of each sample, where no batch may hold two of one subject */
  subjects?: readonly number[];
}

/** The samples of each step: the pool in a shuffled order, again and again. */
export function shuffledOrder(
  random: Random,
  count: number,
  steps: number,
  batchSize: number,
): Tensor<BigInt64Array> {
  const order = new BigInt64Array(steps * batchSize);
  const indices = Array.from({length: count}, (_, index) => index);
  let round: readonly number[] = [];
  for (let at = 0; at < order.length; at++) {
    if (at % count === 0) round = random.shuffle(indices);
    order[at] = BigInt(round[at % count]!);
  }
  return {data: order, shape: [steps, batchSize]};
}

/**
 * The samples of each step, no two of one subject: all subjects in a shuffled order, as many batches as they fill, again and
 * again. A subject's samples come in turn. A caption then fits one image of its batch only: with a few hundred subjects and a
 * hundred samples chosen blindly half of the pairs that contrast would be false.
 */
export function distinctOrder(
  random: Random,
  subjects: readonly number[],
  steps: number,
  batchSize: number,
): Tensor<BigInt64Array> {
  const samples = new Map<number, number[]>();
  random.shuffle(subjects.map((_, index) => index)).forEach((index) => {
    const own = samples.get(subjects[index]!);
    if (own) own.push(index);
    else samples.set(subjects[index]!, [index]);
  });
  if (samples.size < batchSize) {
    throw new SynoodError(
      'ERR_VALUE',
      `Expected a batch of at most ${samples.size}, the number of subjects, came ${batchSize}.`,
    );
  }
  const known = [...samples.keys()].sort((a, b) => a - b);
  const used = new Map<number, number>();
  const order = new BigInt64Array(steps * batchSize);
  let round: number[] = [];
  for (let step = 0; step < steps; step++) {
    if (round.length < batchSize) round = random.shuffle(known);
    round.splice(0, batchSize).forEach((subject, at) => {
      const own = samples.get(subject)!;
      const turn = used.get(subject) ?? 0;
      used.set(subject, turn + 1);
      order[step * batchSize + at] = BigInt(own[turn % own.length]!);
    });
  }
  return {data: order, shape: [steps, batchSize]};
}

const mean = (numbers: readonly number[]): number =>
  numbers.reduce((sum, value) => sum + value, 0) / Math.max(1, numbers.length);

/**
 * Trains from the last checkpoint to the end. Pools and orders depend on the seed and their number alone, so that an
 * interrupted training ends as an uninterrupted one.
 */
export async function runStage(context: TrainingContext, plan: StagePlan, trainer: Trainer): Promise<void> {
  const file = `${context.checkpoints}/${plan.name}.safetensors`;
  let done = await loadCheckpoint(file, trainer);
  const started = performance.now();
  const begin = done;
  let next = done < plan.steps ? plan.makePool(done / plan.stepsPerPool) : undefined;
  while (done < plan.steps && next) {
    const pool = await next;
    const index = done / plan.stepsPerPool;
    const steps = Math.min(plan.stepsPerPool, plan.steps - done);
    const random = Random.of(context.seed, plan.name, 'order', index);
    const order = pool.subjects
      ? distinctOrder(random, pool.subjects, steps, plan.batchSize)
      : shuffledOrder(random, pool.count, steps, plan.batchSize);
    const training = trainer.run(pool.data, order, {signal: context.signal});
    training.catch(() => undefined);
    next = done + steps < plan.steps ? plan.makePool(index + 1) : undefined;
    next?.catch(() => undefined);
    const losses = await training;
    done += steps;
    await saveCheckpoint(file, trainer);
    const seconds = (performance.now() - started) / 1000;
    const perStep = seconds / (done - begin);
    context.log(
      `${plan.name}: ${done}/${plan.steps} steps, loss ${mean(losses).toFixed(4)}, ` +
        `${perStep.toFixed(2)} s a step, ${Math.round(perStep * (plan.steps - done))} s to go`,
    );
  }
}
