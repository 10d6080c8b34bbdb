import {join} from 'node:path';
import test from 'ava';
import {reportOfRuns} from '../../ts/pipeline/report-page.js';
import {runPipeline} from '../../ts/pipeline/run.js';
import {temporaryFolder} from '../support/folder.js';
import {tinyModels} from '../support/tiny-models.js';
import {tinyConfig, tinyData} from '../support/tiny-run.js';

test("CLIP's detectors are evaluated without any other model; a whole run asks for all of them", async (t) => {
  const root = temporaryFolder(t);
  const out = join(root, 'run');
  const {clip} = await tinyModels();
  const whole = tinyConfig(await tinyData(root), await tinyModels());
  const config = {...whole, models: {clip}, evaluate: {...whole.evaluate, detectors: ['mcm', 'neglabel']}};

  const {evaluation} = await runPipeline(config, {out, stages: ['evaluate']});
  t.deepEqual(evaluation!.detectors.map(({name}) => name).sort(), ['mcm', 'neglabel']);
  t.is((await reportOfRuns([out])).detectors.length, 2);
  await t.throwsAsync(runPipeline(config, {out: join(root, 'other')}), {
    code: 'ERR_CONFIG',
    message: /"models" to name all of clip, inpainter and classifier/,
  });
});
