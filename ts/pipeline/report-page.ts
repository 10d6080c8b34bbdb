import {resolveConfig} from './config/read-config.js';
import {mergeRuns} from '../report/merge-runs.js';
import type {ReportData} from '../report/report-data.js';
import {reportOfRun} from './report-of-run.js';
import type {RunContext} from './run-context.js';
import {RunData} from './run-data.js';
import {RunDirectory} from './run-directory.js';
import {RunModels} from './run-models.js';
import {worldData} from './world.js';

/**
 * What the report of a run directory shows, with machine, times and memory. Looks only: the run may be going on, be
 * unfinished or damaged.
 *
 * @throws SynoodError ERR_CONFIG if it is no run directory, or its run.json is damaged
 */
export async function reportData(path: string): Promise<ReportData> {
  const directory = await RunDirectory.look(path);
  const config = worldData(
    resolveConfig(directory.record.configuration ?? undefined, {where: `${path}/run.json`}),
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

/** One run's data, or several side by side. */
export async function reportOfRuns(paths: readonly string[]): Promise<ReportData> {
  const all: ReportData[] = [];
  for (const path of paths) all.push(await reportData(path));
  return all.length === 1 ? all[0]! : mergeRuns(all);
}
