import {readFileSync} from 'node:fs';
import {cpus, release, totalmem} from 'node:os';
import {join} from 'node:path';
import {packageRoot} from '../binding/addon.js';
import {SynoodError} from '../binding/errors.js';
import type {Engine} from '../models/engine.js';
import {resolveConfig} from './config/read-config.js';
import type {RunConfig, RunConfigInput} from './config/schema.js';
import {type Evaluation, readEvaluation} from './evaluation-file.js';
import {doStage, type StageOutcome} from './do-stage.js';
import type {LeftOut} from './left-out.js';
import type {MadeSample, RunContext} from './run-context.js';
import {RunData} from './run-data.js';
import {RunDirectory} from './run-directory.js';
import {RunModels} from './run-models.js';
import {leftOutOf, type Stage, type StageName, stageNames} from './stage.js';
import {contexts} from './stages/contexts.js';
import {evaluate} from './stages/evaluate.js';
import {DETECTOR, finetune} from './stages/finetune.js';
import {mine} from './stages/mine.js';
import {report, REPORT} from './stages/report.js';
import {select} from './stages/select.js';
import {synthesize} from './stages/synthesize.js';
import {withWorld} from './world.js';

export interface RunProgress {
  /** 'world' while Emoji World is drawn */
  stage: StageName | 'world';
  done: number;
  total: number;
  detail?: string;
  sample?: MadeSample;
}

export interface RunOptions {
  /** the run directory; one that an earlier run left is gone on with */
  out: string;
  signal?: AbortSignal;
  onProgress?: (progress: RunProgress) => void;
  /** when a stage is over, or was done already */
  onStage?: (outcome: StageOutcome) => void;
  /** a file or set that is not used, as it is found */
  onLeftOut?: (leftOut: LeftOut) => void;
  /** default: all, in order; a stage needs those before it to have been done */
  stages?: readonly StageName[];
  /** of the caller, who also disposes of it; default: opened as the configuration says */
  engine?: Engine;
  /** other run directories: what one of them made with the same inputs is taken from there */
  siblings?: readonly string[];
  /** what the report says that makes this run again */
  command?: string;
}

/** What a run came to. */
export interface RunSummary {
  out: string;
  stages: StageOutcome[];
  leftOut: LeftOut[];
  evaluation?: Evaluation;
  /** the detector's folder */
  detector?: string;
  /** the page */
  report?: string;
}

const stages: Record<StageName, Stage> = {
  select,
  contexts,
  synthesize,
  mine,
  finetune,
  evaluate,
  report,
};

function checkNeeds(name: StageName, {directory, config}: RunContext): void {
  const before = stages[name].needs?.(config) ?? stageNames.slice(0, stageNames.indexOf(name));
  const missing = before.find((earlier) => directory.record.stages[earlier] === undefined);
  if (missing === undefined) return;
  throw new SynoodError(
    'ERR_CONFIG',
    `Stage "${name}" needs what "${missing}" makes, and ${directory.path} does not have it. Do "${missing}" first.`,
  );
}

export function packageVersion(): string {
  const text = readFileSync(join(packageRoot, 'package.json'), 'utf8');
  return (JSON.parse(text) as {version: string}).version;
}

/** Where times and memory figures come from. */
function describeMachine(): Record<string, string | number> {
  const processors = cpus();
  return {
    system: `${process.platform} ${release()} (${process.arch})`,
    processor: processors[0]?.model.trim() ?? '',
    threads: processors.length,
    memory: totalmem(),
  };
}

async function describe(directory: RunDirectory, config: RunConfig): Promise<void> {
  await directory.describe({
    configuration: config,
    versions: {...directory.record.versions, synood: packageVersion(), node: process.version},
    seeds: {run: config.seed, ...(config.world ? {world: config.world.seed} : {})},
  });
}

async function noteEngine(directory: RunDirectory, models: RunModels): Promise<void> {
  const {libtorchVersion, device, deviceName, dtype} = (await models.engine()).info;
  const {configuration, versions, seeds} = directory.record;
  const all = {...versions, libtorch: libtorchVersion, device: deviceName || device, dtype};
  await directory.describe({configuration, versions: all, seeds: seeds as Record<string, string | number>});
}

/** Notes the engine the first time that a stage asks for it: a run with nothing to do opens none. */
class NotedModels extends RunModels {
  #noted: Promise<void> | undefined;

  constructor(
    config: RunConfig,
    engine: Engine | undefined,
    private readonly directory: RunDirectory,
  ) {
    super(config, engine);
  }

  async note(): Promise<void> {
    if (this.opened) await (this.#noted ??= noteEngine(this.directory, this));
  }
}

async function doStages(run: RunContext, models: NotedModels, options: RunOptions): Promise<StageOutcome[]> {
  const wanted = stageNames.filter((name) => options.stages?.includes(name) ?? true);
  const outcomes: StageOutcome[] = [];
  for (const name of wanted) {
    checkNeeds(name, run);
    const progress: RunContext['progress'] = (done, total, detail, sample) =>
      options.onProgress?.({stage: name, done, total, detail, sample});
    const outcome = await doStage({...run, progress}, stages[name]);
    await models.note();
    outcomes.push(outcome);
    options.onStage?.(outcome);
  }
  return outcomes;
}

/**
 * The method, end to end: select -> contexts -> synthesize -> mine -> finetune -> evaluate -> report. A stage that was done
 * with the same inputs is not done again; one that was cut off goes on where it was, to the same bytes.
 *
 * @param config  settings as in a configuration file, or a resolved configuration; without any it is Emoji World
 * @throws SynoodError ERR_CONFIG, ERR_IO, ERR_ABORTED, or what a model or device says
 */
export async function runPipeline(
  config: RunConfigInput | RunConfig | undefined,
  options: RunOptions,
): Promise<RunSummary> {
  const {out, signal, stages} = options;
  const someModels = stages?.every((name) => name === 'evaluate' || name === 'report');
  const resolved = resolveConfig(config, {someModels});
  await using directory = await RunDirectory.open(out);
  await describe(directory, resolved);
  await directory.note('machine', describeMachine());
  if (options.command !== undefined) await directory.note('command', options.command);
  const whole = await withWorld(resolved, directory.path, {
    signal,
    onProgress: (done, total) => options.onProgress?.({stage: 'world', done, total}),
  });
  const models = new NotedModels(whole, options.engine, directory);
  const run: RunContext = {
    directory,
    config: whole,
    data: new RunData(whole),
    models,
    signal,
    siblings: options.siblings,
    progress: () => undefined,
    leaveOut: (what, reason) => options.onLeftOut?.({what, reason}),
  };
  try {
    const outcomes = await doStages(run, models, options);
    const leftOut = leftOutOf(run);
    await directory.note('leftOut', leftOut);
    const done = (name: StageName) => directory.record.stages[name] !== undefined;
    return {
      out: directory.path,
      stages: outcomes,
      leftOut,
      evaluation: done('evaluate') ? await readEvaluation(run) : undefined,
      detector: done('finetune') ? directory.file(DETECTOR) : undefined,
      report: done('report') ? directory.file(REPORT) : undefined,
    };
  } finally {
    await models.dispose();
  }
}
