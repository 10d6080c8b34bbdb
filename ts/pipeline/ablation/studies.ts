import type {RunConfig} from '../config/schema.js';
import {changeSetting} from './setting.js';

/** A line of an ablation's table: what a configuration is changed to, and whose scores count. */
export interface AblationRow {
  /** as options name it */
  name: string;
  title: string;
  config: RunConfig;
  detector: string;
}

/** Rows of a table, and what its first column is called. */
export interface AblationStudy {
  setting: string;
  rows: AblationRow[];
}

/** Samples as they come from the noise: one iteration makes and scores them, and no gradient is followed. */
function withoutGuidance(config: RunConfig): RunConfig {
  const {reference, scheduler} = config.synthesize;
  return {
    ...config,
    synthesize: {
      ...config.synthesize,
      // The published run sets its own number of iterations.
      reference: false,
      scheduler: reference ? 'pndm' : scheduler,
      maxIterations: 1,
      retries: 0,
    },
    // Hardly any of them lies at the boundary.
    finetune: {...config.finetune, use: 'all', sides: 'apart'},
  };
}

/**
 * What each part of the method is worth (SynOOD, ablation study). Every row has NegLabel's score; they differ in what was
 * trained, and on what.
 */
export function partsStudy(config: RunConfig): AblationStudy {
  const trained = (changes: Partial<RunConfig['finetune']>): RunConfig => ({
    ...config,
    finetune: {...config.finetune, ...changes},
  });
  const apart = trained({sides: 'apart'});
  const rows: [name: string, title: string, config: RunConfig, detector: string][] = [
    ['baseline', 'NegLabel, nothing trained', apart, 'neglabel'],
    ['in-distribution', 'Projection on in-distribution images only', trained({use: 'none'}), 'synood-image'],
    ['unguided', 'Synthesis without guidance', withoutGuidance(config), 'synood'],
    ['guided', 'Synthesis with guidance', apart, 'synood'],
    ['labels', 'Label side only', apart, 'synood-label'],
    ['image', 'Image side only', apart, 'synood-image'],
    ['apart', 'Both sides, apart', apart, 'synood'],
    ['joint', 'Both sides, jointly', trained({sides: 'joint'}), 'synood'],
  ];
  return {
    setting: 'what is trained',
    rows: rows.map(([name, title, own, detector]) => ({name, title, config: own, detector})),
  };
}

/**
 * One setting's values, everything else as it is.
 *
 * @param key  a path in the configuration, or its end where that is unambiguous
 * @throws SynoodError ERR_CONFIG if there is no such setting, or a value does not fit
 */
export function settingStudy(
  config: RunConfig,
  key: string,
  values: readonly unknown[],
  detector: string,
): AblationStudy {
  const rows = values.map((value) => {
    const changed = changeSetting(config, key, value);
    const title = typeof value === 'string' ? value : JSON.stringify(value);
    return {name: title, title, config: changed.config, detector, path: changed.path};
  });
  return {setting: rows[0]?.path ?? key, rows: rows.map(({path: _, ...row}) => row)};
}
