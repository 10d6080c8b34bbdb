import {existsSync} from 'node:fs';
import {join} from 'node:path';
import {writeFileAtomic} from '../../data/files/atomic-file.js';
import {hashFile} from '../../data/files/canonical-hash.js';
import {renderReport} from '../../report/render.js';
import {EVALUATION} from '../evaluation-file.js';
import {MISSES} from '../misses.js';
import {NEGATIVES} from '../negatives.js';
import {ABLATION, GRADIENTS} from '../report-extras.js';
import {reportOfRun} from '../report-of-run.js';
import {leftOutOf, type Stage} from '../stage.js';
import {SYNTHETIC} from '../synthetic-rows.js';
import {BOUNDARY} from './boundary.js';
import {TRAINING} from './finetune.js';
import {LABELS} from './mine.js';
import {SELECTION} from './select.js';

export const REPORT = 'report.html';

/** One self-contained page. */
export const report: Stage = {
  name: 'report',
  outputs: [REPORT],

  async inputs(run) {
    const {config, directory} = run;
    const files = [
      SELECTION,
      BOUNDARY,
      LABELS,
      NEGATIVES,
      TRAINING,
      EVALUATION,
      join(SYNTHETIC, 'metadata.jsonl'),
    ];
    // What not every run has.
    const more = [MISSES, GRADIENTS, ABLATION].filter((file) => existsSync(directory.file(file)));
    return {
      name: config.name,
      seed: config.seed,
      files: await Promise.all(files.map((file) => hashFile(directory.file(file)))),
      more: await Promise.all(more.map(async (file) => [file, await hashFile(directory.file(file))])),
      leftOut: leftOutOf(run),
      versions: directory.record.versions,
    };
  },

  async run(run) {
    const data = await reportOfRun(run, {strict: true});
    await writeFileAtomic(run.directory.file(REPORT), await renderReport(data));
    return {};
  },
};
