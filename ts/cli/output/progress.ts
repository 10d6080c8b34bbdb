import ora, {type Ora} from 'ora';
import prettyMilliseconds from 'pretty-ms';
import {LiveFigures} from './live.js';
import type {ProgressReport} from './progress-report.js';

/** Long work on a terminal or in a log. */
export interface Progress {
  report(report: ProgressReport): void;
  /** The stage is over; without a report before it, it was done already. */
  finish(stage: string, summary: string): void;
  say(line: string): void;
  /** Leaves the terminal as it was. */
  stop(): void;
}

/** A log gets a line when a stage begins and then one in as many milliseconds. */
const LOG_INTERVAL = 10_000;

const seconds = (since: number) => prettyMilliseconds(performance.now() - since, {secondsDecimalDigits: 0});

function line({stage, done, total, detail}: ProgressReport, since: number, live = ''): string {
  const count = total > 0 ? ` ${done}/${total}` : '';
  return `${stage}${count}${live ? `, ${live}` : ''}${detail ? `, ${detail}` : ''} (${seconds(since)})`;
}

/** Which stage goes on, and since when. */
class Clock {
  #stage = '';
  since = performance.now();

  /** Whether this stage has just begun. */
  enter(stage: string): boolean {
    if (stage === this.#stage) return false;
    this.#stage = stage;
    this.since = performance.now();
    return true;
  }

  leave(): void {
    this.#stage = '';
  }
}

class TerminalProgress implements Progress {
  readonly #clock = new Clock();
  readonly #live = new LiveFigures();
  readonly #spinner: Ora;

  constructor(private readonly stream: NodeJS.WriteStream) {
    // Ora would otherwise take stdin to itself, and Ctrl-C with it.
    this.#spinner = ora({stream, discardStdin: false, hideCursor: true});
  }

  report(report: ProgressReport): void {
    const now = performance.now();
    if (this.#clock.enter(report.stage)) this.#live.clear();
    this.#live.add(report, now);
    const shown = {...report, done: this.#live.done};
    const text = line(shown, this.#clock.since, this.#live.text(shown, now));
    // Longer than the terminal is wide it would be two lines; the spinner takes two columns.
    this.#spinner.text = [...text].slice(0, (this.stream.columns || 80) - 3).join('');
    if (!this.#spinner.isSpinning) this.#spinner.start();
  }

  finish(stage: string, summary: string): void {
    this.#spinner.succeed(`${stage}: ${summary}`);
    this.#clock.leave();
  }

  say(text: string): void {
    const wasSpinning = this.#spinner.isSpinning;
    if (wasSpinning) this.#spinner.stop();
    process.stderr.write(`${text}\n`);
    if (wasSpinning) this.#spinner.start();
  }

  stop(): void {
    this.#spinner.stop();
  }
}

class LogProgress implements Progress {
  readonly #clock = new Clock();
  #written = -Infinity;

  constructor(private readonly stream: NodeJS.WritableStream) {}

  report(report: ProgressReport): void {
    const now = performance.now();
    if (!this.#clock.enter(report.stage) && now - this.#written < LOG_INTERVAL) return;
    this.#written = now;
    this.say(line(report, this.#clock.since));
  }

  finish(stage: string, summary: string): void {
    this.say(`${stage}: ${summary}`);
    this.#clock.leave();
  }

  say(text: string): void {
    this.stream.write(`${text}\n`);
  }

  stop(): void {}
}

const silent: Progress = {report() {}, finish() {}, say() {}, stop() {}};

export function createProgress(stream: NodeJS.WriteStream, {quiet}: {quiet: boolean}): Progress {
  if (quiet) return silent;
  return stream.isTTY ? new TerminalProgress(stream) : new LogProgress(stream);
}
