import prettyMilliseconds from 'pretty-ms';
import type {ProgressReport} from './progress-report.js';

const BARS = '▁▂▃▄▅▆▇█';

/** As many scores as a glance takes in. */
const SHOWN = 24;

/** Rates of the last reports: a stage is not as fast at its end as it was at its beginning. */
const WINDOW = 30_000;

/** Numbers as a row of bars, the lowest to the highest of them; the last ones if there are many. */
export function sparkline(values: readonly number[], width = SHOWN): string {
  const some = values.filter(Number.isFinite).slice(-width);
  const [low, high] = [Math.min(...some), Math.max(...some)];
  const span = high - low;
  return some
    .map((value) => BARS[span === 0 ? 3 : Math.round(((value - low) / span) * (BARS.length - 1))]!)
    .join('');
}

/** What a line about a stage that goes on tells beside its count: rate, time left, acceptance, the way of the scores. */
export class LiveFigures {
  #marks: {at: number; done: number}[] = [];
  #scores: number[] = [];
  #accepted = 0;
  #made = 0;

  /** A new stage begins. */
  clear(): void {
    this.#marks = [];
    this.#scores = [];
    this.#accepted = this.#made = 0;
  }

  /** @param now  milliseconds */
  add({done, sample}: Pick<ProgressReport, 'done' | 'sample'>, now: number): void {
    const last = this.#marks.at(-1);
    // A count that begins again is another part of the stage; a sample that is told late is not.
    if (last && done < last.done && !sample) this.#marks = [{at: now, done}];
    // What was done before the first report was done by an earlier run.
    else if (!last || done > last.done) this.#marks.push({at: now, done});
    while (this.#marks.length > 2 && now - this.#marks[0]!.at > WINDOW) this.#marks.shift();
    if (!sample) return;
    this.#made++;
    if (sample.accepted) this.#accepted++;
    if (sample.score !== null) this.#scores = [...this.#scores.slice(1 - SHOWN), sample.score];
  }

  /** The highest count of this part of the stage. */
  get done(): number {
    return this.#marks.at(-1)?.done ?? 0;
  }

  /** Per second; undefined until two reports tell it. */
  rate(now: number): number | undefined {
    const [first, last] = [this.#marks[0], this.#marks.at(-1)];
    if (!first || !last || last.done <= first.done || now <= first.at) return undefined;
    return ((last.done - first.done) / (now - first.at)) * 1000;
  }

  text({done, total}: Pick<ProgressReport, 'done' | 'total'>, now: number): string {
    const parts: string[] = [];
    const rate = this.rate(now);
    if (rate !== undefined) {
      parts.push(rate >= 1 ? `${rate.toFixed(rate < 10 ? 1 : 0)}/s` : `${(60 * rate).toFixed(1)}/min`);
      if (total > done) {
        const left = ((total - done) / rate) * 1000;
        parts.push(`${prettyMilliseconds(left, {unitCount: 2, secondsDecimalDigits: 0})} left`);
      }
    }
    if (this.#made > 0) parts.push(`${Math.round((100 * this.#accepted) / this.#made)} % accepted`);
    if (this.#scores.length > 1) parts.push(`score ${sparkline(this.#scores)}`);
    return parts.join(', ');
  }
}
