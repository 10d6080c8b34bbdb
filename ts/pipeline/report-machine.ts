import type {Machine} from '../report/report-data.js';
import type {RunDirectory} from './run-directory.js';
import {stageNames} from './stage.js';

const gigabytes = (bytes: number): string => `${(bytes / 2 ** 30).toFixed(1)} GiB`;

const titles: Record<string, string> = {
  system: 'System',
  processor: 'Processor',
  threads: 'Processor threads',
  memory: 'Memory',
};

/** Where the run was made and how long each stage took. Of run.json: times belong to no other file of a run. */
export function machineOf({record}: RunDirectory): Machine {
  const noted = (record.notes['machine'] ?? {}) as Record<string, string | number>;
  const facts = Object.entries(titles).flatMap(([key, title]) => {
    const value = noted[key];
    if (value === undefined || value === '') return [];
    return [[title, key === 'memory' ? gigabytes(Number(value)) : String(value)] as const];
  });
  const {device, dtype} = record.versions;
  const stages = stageNames.flatMap((name) => {
    const done = record.stages[name];
    const seconds = done?.['seconds'];
    const peak = done?.['peakMemory'];
    if (typeof seconds !== 'number') return [];
    return [{name, seconds, peakMemory: typeof peak === 'number' ? peak : undefined}];
  });
  return {
    facts: {
      ...Object.fromEntries(facts),
      ...(device ? {Device: device} : {}),
      ...(dtype ? {Precision: dtype} : {}),
    },
    stages,
  };
}
