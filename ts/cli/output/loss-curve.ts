import type {TrainingStep} from '../../training/curves.js';
import {sparkline} from './live.js';

/** Points of the curve that a line has room for. */
const POINTS = 16;

/** A training's loss as a live line: its whole way in few bars, and where it stands. */
export class LossCurve {
  #sums: {sum: number; steps: number}[] = [];
  #width = 1;
  #last: TrainingStep | undefined;

  add(step: TrainingStep): void {
    const open = this.#sums.at(-1);
    if (open && open.steps < this.#width) {
      open.sum += step.loss;
      open.steps++;
    } else this.#sums.push({sum: step.loss, steps: 1});
    if (this.#sums.length > POINTS) this.#halve();
    this.#last = step;
  }

  /** The means of pairs of points. */
  #halve(): void {
    const pairs: {sum: number; steps: number}[] = [];
    for (let at = 0; at < this.#sums.length; at += 2) {
      const [first, second] = [this.#sums[at]!, this.#sums[at + 1] ?? {sum: 0, steps: 0}];
      pairs.push({sum: first.sum + second.sum, steps: first.steps + second.steps});
    }
    this.#sums = pairs;
    this.#width *= 2;
  }

  text(): string {
    if (!this.#last) return '';
    const {loss, learningRate, accuracy, samplesPerSecond} = this.#last;
    const parts = [`loss ${loss.toFixed(4)} ${sparkline(this.#sums.map(({sum, steps}) => sum / steps))}`];
    if (accuracy !== undefined) parts.push(`accuracy ${(100 * accuracy).toFixed(0)} %`);
    parts.push(`rate ${learningRate.toExponential(1)}`, `${Math.round(samplesPerSecond)} samples/s`);
    return parts.join(', ');
  }
}
