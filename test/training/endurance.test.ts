import {spawn} from 'node:child_process';
import {existsSync, readFileSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {setFlagsFromString} from 'node:v8';
import {runInNewContext} from 'node:vm';
import test from 'ava';
import {Engine} from '../../ts/models/engine.js';
import {epochOrder} from '../../ts/training/epochs.js';
import {Trainer} from '../../ts/training/trainer.js';
import {temporaryFolder} from '../support/folder.js';
import {repoRoot} from '../support/paths.js';
import {runProgram} from '../support/program.js';
import {trainingConfigs} from '../support/training-data.js';

const numbers = (length: number, step: number) =>
  Float32Array.from({length}, (_, at) => Math.sin(step * (at + 1) ** 1.3));

/** A head of a size at which a leak of one buffer a step would show. */
async function head(engine: Engine) {
  const [count, width, labels] = [512, 128, 64];
  const table = {data: numbers(labels * width, 1.1), shape: [labels, width]};
  const trainer = await Trainer.joint(
    engine,
    {labelFeatures: table, classes: 20},
    {
      optimizer: {kind: 'adam', learningRate: 1e-4},
    },
  );
  const features = {data: numbers(count * width, 0.7), shape: [count, width]};
  const own = BigInt64Array.from({length: count}, (_, at) => BigInt(at % labels));
  const pool = [
    {name: 'features', tensor: features},
    {name: 'labels', tensor: {data: own, shape: [count]}},
  ];
  return {trainer, pool, count};
}

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;

// Alone, before the others: the figure is the whole process's.
test.serial('memory is flat over 2,000 steps', async (t) => {
  await using engine = await Engine.open({device: 'cpu', threads: 1});
  const {trainer, pool, count} = await head(engine);
  const resident: number[] = [];
  for (let part = 0; part < 20; part++) {
    const order = epochOrder(part, count, 25, 128);
    await trainer.run(pool, order);
    collect();
    resident.push(process.memoryUsage.rss());
  }
  t.is(await trainer.stepsDone(), 2000);
  const growth = (resident.at(-1)! - resident[4]!) / 2 ** 20;
  t.log(`${growth.toFixed(1)} MB over the last 1,500 steps`);
  // One (128, 64) buffer a step would be 47 MB.
  t.true(growth < 16, `${growth} MB`);
  trainer.dispose();
});

test('timers go on while a training is at work', async (t) => {
  await using engine = await Engine.open({device: 'cpu', threads: 1});
  const {trainer, pool, count} = await head(engine);
  let ticks = 0;
  let longest = 0;
  let last = performance.now();
  const timer = setInterval(() => {
    const now = performance.now();
    longest = Math.max(longest, now - last);
    last = now;
    ticks++;
  }, 5);
  const begin = performance.now();
  await trainer.run(pool, epochOrder(0, count, 300, 128), {onProgress: () => undefined});
  const took = performance.now() - begin;
  clearInterval(timer);
  t.log(`${ticks} ticks of 5 ms in ${Math.round(took)} ms, the longest wait ${Math.round(longest)} ms`);
  t.true(ticks > took / 5 / 4, `${ticks} in ${took} ms`);
  trainer.dispose();
});

function runShell(script: string, args: string[]): Promise<{code: number | null; stderr: string}> {
  return new Promise((resolve, reject) => {
    const child = spawn('bash', [script, ...args], {stdio: ['ignore', 'ignore', 'pipe']});
    let stderr = '';
    child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
    child.on('error', reject);
    child.on('close', (code) => resolve({code, stderr}));
  });
}

test('a disk that is full while a checkpoint is written leaves the one before it', async (t) => {
  const folder = temporaryFolder(t);
  const {clip} = await trainingConfigs(folder);
  const config = {...clip, train: 'all', batchSize: 6, epochs: 40, checkpointEvery: 2, out: 'out'};
  const file = join(folder, 'clip.json');
  writeFileSync(file, JSON.stringify(config));
  const args = ['train', 'clip', '--config', file, '--device', 'cpu', '--threads', '1'];
  const checkpoint = join(folder, 'out', 'clip.checkpoint.safetensors');
  // Stopped on its way by a process that may write files of at most 1 MB: the kernel refuses what is beyond as it does on a
  // full disk. The checkpoint before it is there already.
  const stopped = await runProgram('dist/ts/cli/main.js', args, {
    onStart: (kill) => {
      const watch = setInterval(() => {
        if (!existsSync(checkpoint)) return;
        clearInterval(watch);
        kill('SIGKILL');
      }, 5);
    },
  });
  t.is(stopped.signal, 'SIGKILL', stopped.stderr);
  const whole = readFileSync(checkpoint);
  t.true(whole.length > 2 ** 20);
  const main = join(repoRoot, 'dist/ts/cli/main.js');
  const script = join(folder, 'limited.sh');
  writeFileSync(script, `ulimit -f 1024\ntrap '' XFSZ\nexec "${process.execPath}" "${main}" "$@"\n`);
  const limited = await runShell(script, args);
  t.is(limited.code, 1, limited.stderr);
  t.regex(limited.stderr, /Cannot write [^]*clip\.checkpoint\.safetensors[^]*\[ERR_IO\]/);
  t.true(readFileSync(checkpoint).equals(whole));
  const again = await runProgram('dist/ts/cli/main.js', args);
  t.is(again.code, 0, again.stderr);
});
