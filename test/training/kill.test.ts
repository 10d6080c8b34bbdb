/**
 * Trainings that are killed at random moments, and started again until they are done, end with the bytes of one that was
 * left alone. A kill before the first step is none that counts. By default two kills of two trainings; all of them, ten each:
 *
 *     SYNOOD_KILLS=10 npx ava dist/test/training/kill.test.js --timeout=60m
 */
import {existsSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import test from 'ava';
import {temporaryFolder} from '../support/folder.js';
import {runProgram} from '../support/program.js';
import {pictures, trainingConfigs} from '../support/training-data.js';

const kills = Number(process.env['SYNOOD_KILLS'] ?? 2);
const everything = process.env['SYNOOD_KILLS'] !== undefined;

/** Long enough that a kill meets the training itself, with many checkpoints. */
const heads = {epochs: everything ? 1500 : 800, checkpointEvery: 100};
const lengths: Record<string, object> = {
  projection: heads,
  'projection from images': {...heads, epochs: 3000},
  labels: heads,
  joint: heads,
  clip: {epochs: 60, checkpointEvery: 7},
  clipn: {epochs: 60, checkpointEvery: 7},
  lsn: {epochs: 30, positive: {epochs: 30}, checkpointEvery: 7},
  classifier: {epochs: 80, checkpointEvery: 7},
  autoencoder: {epochs: 20, checkpointEvery: 3},
  denoiser: {epochs: 20, checkpointEvery: 3},
};

/** The configurations of all trainings, and of the projection on images, which fills a feature bank first. */
async function configsIn(folder: string): Promise<Record<string, object>> {
  const configs = await trainingConfigs(folder);
  const {clip} = configs['clip'] as {clip: string};
  const negatives = await pictures(join(folder, 'synthetic'));
  return {...configs, 'projection from images': {images: {clip, classes: 'images', negatives}}};
}

/** Steps that stand in the logs of a training's folder. */
function loggedSteps(folder: string): number {
  const logs = existsSync(folder) ? readdirSync(folder).filter((file) => file.endsWith('.jsonl')) : [];
  return logs.reduce((sum, log) => sum + readFileSync(join(folder, log), 'utf8').split('\n').length - 1, 0);
}

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
    const config = (await configsIn(folder))[name];
    const training = name.split(' ')[0]!;
    const start = (out: string, delay?: number) => {
      const file = join(folder, `${out}.json`);
      writeFileSync(file, JSON.stringify({batchSize: 6, ...config, ...lengths[name], out}));
      return runProgram(
        'dist/ts/cli/main.js',
        ['train', training, '--config', file, '--quiet', '--device', 'cpu', '--threads', '1'],
        {
          onStart: (kill) => {
            if (delay !== undefined) setTimeout(() => kill('SIGKILL'), delay);
          },
        },
      );
    };
    const whole = await start('whole');
    t.is(whole.code, 0, whole.stderr);
    const cutFolder = join(folder, 'cut');
    let [met, early, ended, before] = [0, 0, 0, 0];
    // How long a run takes changes with what else the machine does: too late and too early correct it.
    let span = whole.took;
    while (met < kills) {
      if (early + ended > 6 * kills)
        return t.fail(`${met} of so many kills met the training; make it longer.`);
      const delay = Math.random() * span;
      const cut = await start('cut', delay);
      if (cut.signal === 'SIGKILL') {
        const steps = loggedSteps(cutFolder);
        if (steps === before) {
          early++;
          span *= 1.1;
          continue;
        }
        t.log(`killed after ${Math.round(delay)} ms: it went on from step ${before}, ${steps} are logged`);
        met++;
        before = steps;
        continue;
      }
      // It was done before it could be killed: the next one begins anew.
      t.is(cut.code, 0, cut.stderr);
      ended++;
      span = cut.took;
      rmSync(cutFolder, {recursive: true});
      before = 0;
    }
    t.log(`${met} kills met the training at work, ${early} came before its first step, ${ended} too late`);
    const last = await start('cut');
    t.is(last.code, 0, last.stderr);
    t.deepEqual(Object.keys(contents(cutFolder)), Object.keys(contents(join(folder, 'whole'))));
    t.deepEqual(contents(cutFolder), contents(join(folder, 'whole')));
  });
}
