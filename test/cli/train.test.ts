import {writeFileSync} from 'node:fs';
import {join} from 'node:path';
import test from 'ava';
import {writeSafetensors} from '../../ts/models/weights/safetensors.js';
import {temporaryFolder} from '../support/folder.js';
import {synood} from './synood.js';

test('train: features and labels of other widths are told with both, and nothing is written', async (t) => {
  const cwd = temporaryFolder(t);
  await writeSafetensors(join(cwd, 'features.safetensors'), {
    features: {data: new Float32Array(6 * 12).fill(0.5), shape: [6, 12]},
    labels: {data: BigInt64Array.from([0n, 1n, 2n, 0n, 1n, 2n]), shape: [6]},
    labelFeatures: {data: new Float32Array(4 * 5).fill(0.5), shape: [4, 5]},
  });
  writeFileSync(
    join(cwd, 'own.json'),
    JSON.stringify({features: 'features.safetensors', classes: 3, out: 'out'}),
  );
  for (const what of ['projection', 'labels', 'joint']) {
    const {code, stdout, stderr} = await synood(['train', what, '--config', 'own.json', '--json'], {cwd});
    t.is(code, 1, stderr);
    const {error} = JSON.parse(stdout) as {error: {code: string; message: string}};
    t.is(error.code, 'ERR_SHAPE', what);
    t.regex(error.message, /same width in .*features\.safetensors, got 12 and 5/);
  }
});
