import {existsSync} from 'node:fs';
import {messageOf} from '../binding/errors.js';
import type {StageState} from '../report/report-data.js';
import type {RunContext} from './run-context.js';
import {type StageName, stageNames} from './stage.js';

/** Reads what the stages have made, and keeps what could not be read and why. */
export class RunParts {
  readonly #problems = new Map<StageName, string[]>();
  readonly #details = new Map<StageName, string>();

  /** @param strict  the first thing that cannot be read is an error */
  constructor(
    private readonly run: RunContext,
    private readonly strict: boolean,
  ) {}

  isDone(stage: StageName): boolean {
    return this.run.directory.record.stages[stage] !== undefined;
  }

  /** What a stage has made; the fallback if it is not done or its files cannot be read. */
  async read<T>(stage: StageName, fallback: T, make: () => T | Promise<T>): Promise<T> {
    if (this.strict) return make();
    if (!this.isDone(stage)) return fallback;
    return this.attempt(stage, fallback, make);
  }

  /** The same of a stage that may not be done. */
  async attempt<T>(stage: StageName, fallback: T, make: () => T | Promise<T>): Promise<T> {
    try {
      return await make();
    } catch (thrown) {
      if (this.strict) throw thrown;
      this.problem(stage, messageOf(thrown));
      return fallback;
    }
  }

  problem(stage: StageName, text: string): void {
    const known = this.#problems.get(stage) ?? [];
    if (!known.includes(text)) this.#problems.set(stage, [...known, text]);
  }

  /** What there is of a stage that is not done. */
  detail(stage: StageName, text: string): void {
    this.#details.set(stage, text);
  }

  /** Every stage but the report itself; undefined if all of them are done and whole. */
  states(): StageState[] | undefined {
    const {directory} = this.run;
    const states = stageNames
      // Its own page is no part of what it tells of, unless a file that it was given is wrong.
      .filter((name) => name !== 'report' || this.#problems.has(name))
      .map((name): StageState => {
        const gone = (directory.record.stages[name]?.outputs ?? []).filter(
          (output) => !existsSync(directory.file(output)),
        );
        const problems = [
          ...gone.map((output) => `${output} is gone`),
          ...(this.#problems.get(name) ?? []),
        ].map((text) => text.replaceAll(`${directory.path}/`, ''));
        if (problems.length > 0) return {name, state: 'damaged', detail: problems.join('; ')};
        if (this.isDone(name)) return {name, state: 'done'};
        return {name, state: 'missing', detail: this.#details.get(name)};
      });
    return states.every(({state}) => state === 'done') ? undefined : states;
  }
}
