/**
 * node dist/bench/pipeline.js <folder>: what an inpainting pipeline costs as a whole, in one process:
 *
 *   the time to its first denoising step, and the most memory so far beside the size of its weights;
 *   how resident memory grows over many runs;
 *   with --cache-interval, the time that reused deep features save and how far the picture is from the exact one.
 */
import {readFile} from 'node:fs/promises';
import {parseArgs} from 'node:util';
import {Engine} from '../ts/models/engine.js';
import type {Inpainter} from '../ts/models/inpainter.js';
import {median} from './harness/statistics.js';
import {normalNumbers} from './harness/workspace.js';

const USAGE = `node dist/bench/pipeline.js <folder of a diffusers inpainting pipeline> [options]

  --size N             a picture's side in pixels; default 256
  --steps N            denoising steps of a run; default 2
  --runs N             runs over which memory is watched, after two; default 0
  --cache-interval N   also with deep features computed at every N-th step only
  --device, --dtype, --threads

Examples:
  node dist/bench/pipeline.js models/stable-diffusion-2-inpainting --size 256
  node dist/bench/pipeline.js assets/emoji-world/models/inpainter --size 64 --runs 200
  node dist/bench/pipeline.js assets/emoji-world/models/inpainter --size 64 --steps 20 --cache-interval 3
`;

/** Bytes of this process, from /proc: VmHWM the most so far, RssAnon what belongs to no file now. */
async function memory(field: 'VmHWM' | 'RssAnon'): Promise<number> {
  const status = await readFile('/proc/self/status', 'utf8').catch(() => '');
  return 1024 * Number(new RegExp(`^${field}:\\s+(\\d+) kB$`, 'm').exec(status)?.[1] ?? NaN);
}

const gibibytes = (bytes: number): string => `${(bytes / 2 ** 30).toFixed(2)} GiB`;

interface Sizes {
  size: number;
  steps: number;
}

function picture(
  inpainter: Inpainter,
  {size, steps}: Sizes,
  more: {cacheInterval?: number; onStep?: () => unknown},
) {
  return inpainter.inpaint({
    image: {data: normalNumbers(3 * size * size, 1, 0.4), shape: [1, 3, size, size]},
    mask: {data: new Float32Array(size * size).fill(1), shape: [1, 1, size, size]},
    prompt: 'a photograph',
    negativePrompt: '',
    steps,
    seed: 0,
    ...more,
  });
}

/** Seconds until the first step is done, from the start of loading; and what that took of memory. */
async function firstStep(engine: Engine, folder: string, sizes: Sizes): Promise<Inpainter> {
  const begin = performance.now();
  const inpainter = await engine.loadInpainter(folder);
  const loaded = performance.now();
  let stepped = 0;
  const onStep = () => (stepped ||= performance.now());
  await picture(inpainter, {...sizes, steps: 1}, {onStep});
  const peak = await memory('VmHWM');
  const {unet, vae, textEncoder} = inpainter;
  const bytes = [unet, vae, textEncoder].reduce((sum, model) => sum + model.bytes, 0);
  const seconds = (from: number, to: number) => `${((to - from) / 1000).toFixed(2)} s`;
  console.log(`loading ${seconds(begin, loaded)}, to the first step ${seconds(begin, stepped)}`);
  console.log(
    `peak after the first picture ${gibibytes(peak)}, ${(peak / bytes).toFixed(2)}x the weights' ${gibibytes(bytes)}`,
  );
  return inpainter;
}

async function growth(inpainter: Inpainter, sizes: Sizes, runs: number): Promise<void> {
  for (let i = 0; i < 2; i++) await picture(inpainter, sizes, {});
  const before = await memory('RssAnon');
  for (let run = 1; run <= runs; run++) {
    await picture(inpainter, sizes, {});
    if (run % Math.ceil(runs / 4) !== 0 && run !== runs) continue;
    globalThis.gc?.();
    const more = ((await memory('RssAnon')) - before) / 2 ** 20;
    console.log(`after ${run} runs of ${sizes.steps} steps: ${more.toFixed(1)} MiB more than after 2`);
  }
}

async function reuse(inpainter: Inpainter, sizes: Sizes, cacheInterval: number): Promise<void> {
  const times: {exact: number[]; reused: number[]} = {exact: [], reused: []};
  const timed = async (kind: keyof typeof times, interval: number) => {
    const begin = performance.now();
    const made = await picture(inpainter, sizes, {cacheInterval: interval});
    times[kind].push((performance.now() - begin) / 1000);
    return made.data;
  };
  let exact = new Float32Array();
  let reused = new Float32Array();
  for (let pair = 0; pair < 3; pair++) {
    exact = Float32Array.from(await timed('exact', 1));
    reused = Float32Array.from(await timed('reused', cacheInterval));
  }
  const errors = exact.map((value, i) => Math.abs(value - reused[i]!));
  const mean = errors.reduce((sum, error) => sum + error, 0) / errors.length;
  const largest = errors.reduce((most, error) => Math.max(most, error), 0);
  const [slow, fast] = [median(times.exact), median(times.reused)];
  console.log(
    `cache interval ${cacheInterval}, ${sizes.steps} steps: ${fast.toFixed(2)} s beside ${slow.toFixed(2)} s exact, ` +
      `${(slow / fast).toFixed(2)}x; a picture's numbers in [0, 1] differ by ${mean.toFixed(4)} on the average, ` +
      `${largest.toFixed(3)} at most`,
  );
}

const {values, positionals} = parseArgs({
  allowPositionals: true,
  options: {
    size: {type: 'string', default: '256'},
    steps: {type: 'string', default: '2'},
    runs: {type: 'string', default: '0'},
    'cache-interval': {type: 'string'},
    device: {type: 'string', default: 'cpu'},
    dtype: {type: 'string', default: 'float32'},
    threads: {type: 'string', default: '0'},
    help: {type: 'boolean', default: false},
  },
});
const [folder] = positionals;
if (values.help || !folder) {
  process.stdout.write(USAGE);
  process.exitCode = values.help ? 0 : 2;
} else {
  const {device, dtype} = values;
  const threads = Number(values.threads) || undefined;
  await using engine = await Engine.open({device: device as 'cpu', dtype: dtype as 'float32', threads});
  const sizes = {size: Number(values.size), steps: Number(values.steps)};
  using inpainter = await firstStep(engine, folder, sizes);
  if (Number(values.runs) > 0) await growth(inpainter, sizes, Number(values.runs));
  if (values['cache-interval']) await reuse(inpainter, sizes, Number(values['cache-interval']));
}
