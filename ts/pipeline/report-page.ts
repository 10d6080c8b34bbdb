import {existsSync} from 'node:fs';
import {basename, join, resolve} from 'node:path';
import {resolveConfig} from './config/read-config.js';
import {mergeRuns} from '../report/merge-runs.js';
import type {ReportData, TrainingCurve} from '../report/report-data.js';
import {reportOfRun} from './report-of-run.js';
import type {RunContext} from './run-context.js';
import {RunData} from './run-data.js';
import {RunDirectory} from './run-directory.js';
import {RunModels} from './run-models.js';
import {findTrainingLogs, readTrainingLog} from './training-logs.js';
import {worldData} from './world.js';

/**
 * What the report of a run directory shows, with machine, times and memory. Looks only: the run may be going on, be
 * unfinished or damaged.
 *
 * @throws SynoodError ERR_CONFIG if it is neither a run directory nor the folder of a training, or its run.json is
 *   damaged
 */
export async function reportData(path: string): Promise<ReportData> {
  const trainings = existsSync(join(path, 'run.json')) ? [] : await findTrainingLogs(path);
  if (trainings.length > 0) return trainingReport(path, trainings);
  const directory = await RunDirectory.look(path);
  const config = worldData(
    resolveConfig(directory.record.configuration ?? undefined, {where: `${path}/run.json`, someModels: true}),
    directory.path,
  );
  const run: RunContext = {
    directory,
    config,
    data: new RunData(config),
    models: new RunModels(config),
    signal: undefined,
    progress: () => undefined,
    leaveOut: () => undefined,
  };
  return reportOfRun(run, {machine: true});
}

/** What the folder of a `synood train` has: the curves of its logs. */
async function trainingReport(path: string, logs: readonly string[]): Promise<ReportData> {
  const training: TrainingCurve[] = [];
  for (const log of logs) training.push(await readTrainingLog(log));
  return {
    title: basename(resolve(path)),
    headline: {
      trainedOn: '',
      classes: [],
      images: 0,
      synthetic: {made: 0, accepted: 0, boundary: NaN, tolerance: NaN, score: ''},
      negativeLabels: 0,
      seed: '',
      versions: {},
      command: '',
    },
    detectors: [],
    scores: {},
    training,
    gallery: [],
    boundary: {calibrationScores: [], before: [], after: []},
    leftOut: [],
    notes: [],
    trainingOnly: true,
  };
}

/** One run's data, or several side by side. */
export async function reportOfRuns(paths: readonly string[]): Promise<ReportData> {
  const all: ReportData[] = [];
  for (const path of paths) all.push(await reportData(path));
  return all.length === 1 ? all[0]! : mergeRuns(all);
}
