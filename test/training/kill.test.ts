/**
 * Trainings that are killed at random moments, and started again until they are done, end with the bytes of one that was
 * left alone. By default two kills of two trainings; all of them, ten kills each:
 *
 *     SYNOOD_KILLS=10 npx ava dist/test/training/kill.test.js --timeout=60m
 */
import {readdirSync, readFileSync, rmSync, statSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import test from 'ava';
import {temporaryFolder} from '../support/folder.js';
import {runProgram} from '../support/program.js';
import {trainingConfigs} from '../support/training-data.js';

const kills = Number(process.env['SYNOOD_KILLS'] ?? 2);
const everything = process.env['SYNOOD_KILLS'] !== undefined;

/** Long enough that a kill meets the training itself, with many checkpoints. */
const lengths: Record<string, object> = {
  projection: {epochs: 800, checkpointEvery: 100},
  labels: {epochs: 800, checkpointEvery: 100},
  joint: {epochs: 800, checkpointEvery: 100},
  clip: {epochs: 60, checkpointEvery: 7},
  clipn: {epochs: 60, checkpointEvery: 7},
  lsn: {epochs: 30, positive: {epochs: 30}, checkpointEvery: 7},
  classifier: {epochs: 80, checkpointEvery: 7},
  autoencoder: {epochs: 20, checkpointEvery: 3},
  denoiser: {epochs: 20, checkpointEvery: 3},
};

/** Every file of the results; logs without what they say of time, and features of a bank have names of their own. */
function contents(folder: string): Record<string, string> {
  const files = readdirSync(folder, {recursive: true, encoding: 'utf8'})
    .filter((file) => !file.startsWith('features') && statSync(join(folder, file)).isFile())
    .sort();
  return Object.fromEntries(
    files.map((file) => {
      const bytes = readFileSync(join(folder, file));
      return [
        file,
        file.endsWith('.jsonl')
          ? bytes.toString('utf8').replace(/,"samplesPerSecond":[^}]*/g, '')
          : bytes.toString('base64'),
      ];
    }),
  );
}

for (const name of everything ? Object.keys(lengths) : ['joint', 'clip']) {
  test.serial(`${name}: killed ${kills} times, it ends with the same bytes`, async (t) => {
    t.timeout(3_600_000);
    const folder = temporaryFolder(t);
    const config = (await trainingConfigs(folder))[name];
    const start = (out: string, delay?: number) => {
      const file = join(folder, `${out}.json`);
      writeFileSync(file, JSON.stringify({batchSize: 6, ...config, ...lengths[name], out}));
      return runProgram(
        'dist/ts/cli/main.js',
        ['train', name, '--config', file, '--quiet', '--device', 'cpu', '--threads', '1'],
        {
          onStart: (kill) => {
            if (delay !== undefined) setTimeout(() => kill('SIGKILL'), delay);
          },
        },
      );
    };
    const whole = await start('whole');
    t.is(whole.code, 0, whole.stderr);
    let ended = 0;
    for (let count = 0; count < kills;) {
      const delay = Math.random() * whole.took;
      const cut = await start('cut', delay);
      if (cut.signal === 'SIGKILL') {
        t.log(`killed after ${Math.round(delay)} ms`);
        count++;
        continue;
      }
      // It was done before it could be killed: the next one begins anew.
      t.is(cut.code, 0, cut.stderr);
      if (++ended > 3 * kills) return t.fail('It is always done before it can be killed.');
      rmSync(join(folder, 'cut'), {recursive: true});
    }
    const last = await start('cut');
    t.is(last.code, 0, last.stderr);
    t.deepEqual(Object.keys(contents(join(folder, 'cut'))), Object.keys(contents(join(folder, 'whole'))));
    t.deepEqual(contents(join(folder, 'cut')), contents(join(folder, 'whole')));
  });
}
