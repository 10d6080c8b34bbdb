import {messageOf, SynoodError} from '../../binding/errors.js';
import {writeFileAtomic} from '../../data/files/atomic-file.js';
import {Engine} from '../../models/engine.js';
import {resolveConfig} from '../config/read-config.js';
import type {RunConfig, RunConfigInput} from '../config/schema.js';
import {FEATURES} from '../clip-features.js';
import type {LeftOut} from '../left-out.js';
import {RunDirectory} from '../run-directory.js';
import {packageVersion, runPipeline} from '../run.js';
import type {StageName} from '../stage.js';
import {withWorld} from '../world.js';
import {ABLATION, type AblationFile, type AblationFileRow} from './ablation-file.js';
import {
  type Cell,
  type CellFigures,
  cellKey,
  cellsOf,
  figuresOf,
  keepFigures,
  keptFigures,
  runName,
} from './cells.js';
import {partsStudy, settingStudy} from './studies.js';
import {type SeedFigures, summarise, summariseRow} from './summary.js';

export interface AblationProgress {
  /** cells that are done, of how many */
  done: number;
  total: number;
  /** what goes on in the next one */
  detail: string;
}

/** One configuration with one seed, over. */
export interface CellOutcome {
  titles: string[];
  seed: number;
  status: 'done' | 'kept' | 'failed';
  /** of the rows, in the order of the titles: mean AUROC over the first group's sets */
  aurocs: number[];
  reason?: string;
}

export interface AblateOptions {
  /** the run directory; what a run in it has made is used, and ablation.json is written there */
  out: string;
  /** every row once with each; default: the configuration's and the next two */
  seeds?: readonly number[];
  /** one setting and its values, in place of the method's parts */
  vary?: {key: string; values: readonly unknown[]};
  /** whose scores count where a setting is varied; default 'synood' */
  detector?: string;
  /** names of the parts to keep; default: all */
  parts?: readonly string[];
  /** which sets to evaluate on; default: as the configuration says */
  split?: 'test' | 'validation';
  signal?: AbortSignal;
  onProgress?: (progress: AblationProgress) => void;
  onCell?: (outcome: CellOutcome) => void;
  onLeftOut?: (leftOut: LeftOut) => void;
}

const STAGES: readonly StageName[] = ['select', 'contexts', 'synthesize', 'mine', 'finetune', 'evaluate'];

function studyOf(config: RunConfig, {vary, detector = 'synood', parts}: AblateOptions) {
  if (vary) return settingStudy(config, vary.key, vary.values, detector);
  const study = partsStudy(config);
  if (!parts) return study;
  const names = study.rows.map(({name}) => name);
  const strange = parts.find((name) => !names.includes(name));
  if (strange !== undefined) {
    throw new SynoodError('ERR_CONFIG', `There is no part "${strange}"; there are: ${names.join(', ')}.`);
  }
  return {...study, rows: study.rows.filter(({name}) => parts.includes(name))};
}

/** What ends the ablation, and not its cell alone. */
const FATAL = new Set(['ERR_ABORTED', 'ERR_IO', 'ERR_OUT_OF_MEMORY', 'ERR_DISPOSED', 'ERR_INTERNAL']);

/** Does cells one after the other, and keeps what each came to. */
class Ablation implements AsyncDisposable {
  readonly leftOut: LeftOut[] = [];
  readonly #runs: string[];
  #engine: Engine | undefined;
  #done = 0;

  constructor(
    private readonly directory: RunDirectory,
    private readonly cells: readonly Cell[],
    private readonly options: AblateOptions,
  ) {
    const runs = cells.map((cell) => directory.file('ablation', 'runs', runName(cell)));
    this.#runs = [directory.path, ...new Set(runs)];
  }

  async figures(cell: Cell): Promise<CellFigures | undefined> {
    const titles = cell.rows.map(({title}) => title);
    const told = (status: CellOutcome['status'], figures?: CellFigures, reason?: string) => {
      this.#done++;
      const aurocs = cell.rows.map(({detector}) => firstMean(figures?.detectors[detector]));
      this.options.onCell?.({titles, seed: cell.seed, status, aurocs, reason});
      return figures;
    };
    const key = await cellKey(cell, packageVersion());
    const file = this.directory.file('ablation', 'cells', `${key}.json`);
    const kept = await keptFigures(file);
    if (kept) return told('kept', kept);
    try {
      const figures = await this.#run(cell);
      await keepFigures(file, figures);
      return told('done', figures);
    } catch (error) {
      if (!(error instanceof SynoodError) || FATAL.has(error.code)) throw error;
      this.#leaveOut({what: `${titles.join(', ')}, seed ${cell.seed}`, reason: messageOf(error)});
      return told('failed', undefined, messageOf(error));
    }
  }

  async #run(cell: Cell): Promise<CellFigures> {
    const {device, dtype, threads} = cell.config.engine;
    this.#engine ??= await Engine.open({device, dtype, threads});
    const what = `${cell.rows[0]!.title}, seed ${cell.seed}`;
    const {signal, onProgress} = this.options;
    const {evaluation} = await runPipeline(cell.config, {
      out: this.directory.file('ablation', 'runs', runName(cell)),
      stages: STAGES,
      engine: this.#engine,
      siblings: this.#runs,
      signal,
      onProgress: ({stage, done, total}) =>
        onProgress?.({
          done: this.#done,
          total: this.cells.length,
          detail: `${what}: ${stage}${total > 0 ? ` ${done}/${total}` : ''}`,
        }),
      onLeftOut: (leftOut) => this.#leaveOut(leftOut),
    });
    return figuresOf(evaluation!);
  }

  #leaveOut(leftOut: LeftOut): void {
    if (this.leftOut.some(({what}) => what === leftOut.what)) return;
    this.leftOut.push(leftOut);
    this.options.onLeftOut?.(leftOut);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#engine?.dispose();
  }
}

function firstMean(figures: CellFigures['detectors'][string] | undefined): number {
  const sets = figures?.sets.filter(({against}) => against === figures.sets[0]!.against) ?? [];
  return sets.reduce((sum, {auroc}) => sum + auroc, 0) / sets.length;
}

/**
 * The method without each of its parts, or with other values of one setting, over several seeds: mean and deviation on
 * every set and over them. What rows and seeds have in common is made once; a call that was cut off goes on where it was, and
 * what is done is not done again. The same bytes for the same configuration.
 *
 * @param config  settings as in a configuration file, or a resolved configuration; without any it is Emoji World
 * @throws SynoodError ERR_CONFIG if there is no such setting or part, or no row has figures; ERR_IO, ERR_ABORTED
 */
export async function ablate(
  config: RunConfigInput | RunConfig | undefined,
  options: AblateOptions,
): Promise<{ablation: AblationFile; leftOut: LeftOut[]; out: string}> {
  const given = resolveConfig(config);
  const {signal, onProgress, split = given.evaluate.split} = options;
  await using directory = await RunDirectory.open(options.out);
  const {record} = directory;
  // A run's own description stays; without one the report has to know what the ablation was of.
  if (record.configuration === null) {
    await directory.describe({configuration: given, versions: record.versions, seeds: {run: given.seed}});
  }
  const whole = await withWorld(given, directory.path, {
    signal,
    onProgress: (done, total) => onProgress?.({done: 0, total: 0, detail: `world ${done}/${total}`}),
  });
  const base: RunConfig = {
    ...whole,
    // Its images are there, for all runs of the ablation.
    world: undefined,
    data: {...whole.data, features: whole.data.features ?? directory.file(FEATURES)},
    evaluate: {...whole.evaluate, split},
  };
  const seeds = options.seeds ?? [0, 1, 2].map((more) => base.seed + more);
  const study = studyOf(base, options);
  const cells = cellsOf(study.rows, seeds);
  await using ablation = new Ablation(directory, cells, options);
  const found = new Map<string, SeedFigures[]>(study.rows.map(({name}) => [name, []]));
  for (const cell of cells) {
    const figures = await ablation.figures(cell);
    for (const {name, detector} of cell.rows) {
      const own = figures?.detectors[detector];
      if (own) found.get(name)!.push({seed: cell.seed, figures: own});
    }
  }
  const rows = study.rows
    .map((row) => summariseRow(row, found.get(row.name)!))
    .filter((row): row is AblationFileRow => row !== undefined);
  if (rows.length === 0) {
    throw new SynoodError(
      'ERR_CONFIG',
      `None of the rows has figures: ${ablation.leftOut.map(({what, reason}) => `${what}: ${reason}`).join('; ')}`,
    );
  }
  const file = summarise(study, rows, {split, fpr: base.evaluate.fpr, seeds});
  await writeFileAtomic(directory.file(ABLATION), `${JSON.stringify(file, null, 2)}\n`);
  return {ablation: file, leftOut: ablation.leftOut, out: directory.path};
}
