import type {Engine} from '../../ts/models/engine.js';
import type {Workspace} from './workspace.js';

/** What a row spends most of its arithmetic on; its share is told of that operation's peak. */
export type Operation = 'product' | 'convolution' | 'copy';

/** What both sides are told: paths and numbers that JSON holds. */
export type Settings = Record<string, unknown>;

export interface Prepared {
  settings: Settings;
  /** floating-point operations of one run (a multiplication and an addition are two), or bytes for 'copy' */
  work: number;
  /** what the output consists of, one after another, where not all of it has the row's tolerance; the rest is one more part */
  parts?: Part[];
}

/** Some of an output's numbers, compared by themselves. */
export interface Part {
  name: string;
  length: number;
  tolerance: number;
  /** of what the tolerance is a share: the largest magnitude (default), or as norms of the whole part */
  measure?: 'largest' | 'norm';
}

/** What is timed: from inputs in memory to the output on the host. */
export type Run = () => Promise<Float32Array>;

/** One thing that is measured, ours and the peer's. */
export interface Row {
  /** unique in its area, as `--only` takes it */
  name: string;
  /** what is computed, with its sizes */
  title: string;
  operation: Operation;
  /** the largest difference of the two outputs, as a share of the peer's largest magnitude */
  tolerance: number;
  /**
   * Whose function of the same `name` in bench/peers/<script> computes the same, in Python; or a Node program (.js), which may need
   * a package that is not among the project's own. Absent: nobody else computes it.
   */
  peer?: {script: string; name: string; needs?: string};
  /** Writes weights and inputs, once, for both sides. `quick`: sizes that a test can afford. */
  prepare(workspace: Workspace, options: {quick: boolean}): Promise<Prepared>;
  /**
   * Loads, in a process of its own. With `check` both sides' first run, whose outputs are compared, is that one: for rows whose
   * timed output cannot be compared as it is.
   */
  load(engine: Engine, settings: Settings): Promise<Run | {run: Run; check: Run}>;
}
