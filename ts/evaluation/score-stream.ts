import {type Metrics, metricsOf} from './metrics.js';
import {rankGroups, type Scores} from './ranking.js';

/** Numbers that come piece by piece; eight bytes each. */
class Growing {
  #data = new Float64Array(1024);
  length = 0;

  push(scores: Scores): void {
    if (this.length + scores.length > this.#data.length) {
      const larger = new Float64Array(Math.max(this.length + scores.length, 2 * this.#data.length));
      larger.set(this.#data.subarray(0, this.length));
      this.#data = larger;
    }
    this.#data.set(scores, this.length);
    this.length += scores.length;
  }

  get scores(): Float64Array {
    return this.#data.subarray(0, this.length);
  }
}

/**
 * Metrics of scores that are not all there at once, exact whatever the pieces: nothing is binned.
 *
 *     const stream = new ScoreStream();
 *     for await (const scores of batches) stream.push('in', scores);
 *     stream.metrics();
 */
export class ScoreStream {
  readonly #ins = new Growing();
  readonly #outs = new Growing();

  /** @param scores of images of one side, higher is more in-distribution */
  push(side: 'in' | 'out', scores: Scores): void {
    (side === 'in' ? this.#ins : this.#outs).push(scores);
  }

  get counts(): {in: number; out: number} {
    return {in: this.#ins.length, out: this.#outs.length};
  }

  /** Of all scores so far. @throws SynoodError ERR_SHAPE if a side has none, ERR_VALUE on NaN */
  metrics(): Metrics {
    return metricsOf(rankGroups(this.#ins.scores, this.#outs.scores));
  }
}
