import {readFileSync} from 'node:fs';
import test, {type ExecutionContext} from 'ava';
import type {FloatTensor, Tensor} from '../../ts/binding/contract.js';
import type {ErrorCode, SynoodError} from '../../ts/binding/errors.js';
import {createScheduler} from '../../ts/models/scheduler.js';
import {goldenTensors, maxDifference} from '../support/golden.js';
import {fixture} from '../support/paths.js';

interface Case {
  name: string;
  config: Record<string, unknown>;
  steps: number;
  first: number;
  init_noise_sigma: number;
  eta?: number;
  timesteps?: number[];
}

const largest = ({data}: Tensor) => Math.max(...Array.from(data as Float32Array, Math.abs));

/** Row `index` of a stack of tensors. */
function row({data, shape}: Tensor, index: number): FloatTensor {
  const size = data.length / shape[0]!;
  return {
    data: Float32Array.from(data as Float32Array).subarray(index * size, (index + 1) * size),
    shape: shape.slice(1),
  };
}

const scaled = ({data, shape}: FloatTensor, factor: number): FloatTensor => ({
  data: data.map((x) => x * factor),
  shape,
});

function refuses(t: ExecutionContext, body: () => unknown, code: ErrorCode, message: RegExp): void {
  const error = t.throws(body) as SynoodError | undefined;
  t.is(error?.code, code);
  t.regex(error?.message ?? '', message);
}

test('steps as diffusers does, whatever the class, from the file it wrote', async (t) => {
  const cases = JSON.parse(readFileSync(fixture('schedulers', 'grid', 'cases.json'), 'utf8')) as Case[];
  const golden = await goldenTensors('schedulers', 'grid');
  const sample = row(golden('sample'), 0);
  const whole = {data: sample.data, shape: [1, ...sample.shape]};
  for (const {name, config, steps, first, eta, timesteps, ...about} of cases) {
    const scheduler = createScheduler(config);
    scheduler.setTimesteps(timesteps ?? steps);
    const expected = golden(`${name}/prev_samples`);
    const noise = golden('noise');
    t.true(Math.abs(scheduler.initNoiseSigma / about.init_noise_sigma - 1) < 1e-6, name);
    let draws = 0;
    let x =
      first > 0
        ? scheduler.addNoise(whole, row(noise, 0), scheduler.timesteps[first]!)
        : scaled(whole, scheduler.initNoiseSigma);
    let worst = 0;
    for (const [i, time] of scheduler.timesteps.slice(first).entries()) {
      const before = draws++;
      x = scheduler.step(row(golden('model_outputs'), i), time, x, {noise: row(noise, before), eta});
      const wanted = row(expected, i);
      worst = Math.max(worst, maxDifference(x, wanted) / largest(wanted));
    }
    t.true(worst < 1e-5, `${name}: ${worst}`);
  }
  t.is(cases.length, 189);
});

const EULER_A = {_class_name: 'EulerAncestralDiscreteScheduler', beta_schedule: 'scaled_linear'};
const x: FloatTensor = {data: new Float32Array(8).fill(0.5), shape: [2, 4]};

test('noise comes from the caller or from a seed, and from nowhere else', (t) => {
  const run = (seed?: bigint) => {
    const scheduler = createScheduler(EULER_A, {seed});
    scheduler.setTimesteps(4);
    let sample = x;
    for (const time of scheduler.timesteps) sample = scheduler.step(sample, time, sample);
    return sample.data;
  };
  t.deepEqual(run(7n), run(7n));
  t.notDeepEqual(run(7n), run(8n));
  refuses(t, () => run(), 'ERR_VALUE', /give it \(noise\), or a seed/);
});

test('addNoise takes one time for all rows, or one each', (t) => {
  const scheduler = createScheduler({_class_name: 'DDIMScheduler', beta_schedule: 'scaled_linear'});
  scheduler.setTimesteps(10);
  const noise = {data: new Float32Array(8).fill(1), shape: [2, 4]};
  const each = scheduler.addNoise(x, noise, [100, 900]);
  t.deepEqual(each.data.slice(0, 4), scheduler.addNoise(x, noise, 100).data.slice(0, 4));
  t.deepEqual(each.data.slice(4), scheduler.addNoise(x, noise, 900).data.slice(4));
  refuses(t, () => scheduler.addNoise(x, noise, [1, 2, 3]), 'ERR_SHAPE', /one for each row/);
});

test('a run begun anew leaves nothing behind, and another class may read the file', (t) => {
  const config = {_class_name: 'DDIMScheduler', beta_schedule: 'scaled_linear', steps_offset: 1};
  const scheduler = createScheduler(config, {className: 'UniPCMultistepScheduler'});
  t.is(scheduler.config.kind, 'unipc_multistep');
  const run = () => {
    scheduler.setTimesteps(6);
    let sample = x;
    for (const time of scheduler.timesteps) sample = scheduler.step(sample, time, sample);
    return sample.data;
  };
  t.deepEqual(run(), run());
  t.is(scheduler.timesteps.length, 6);
  t.is(scheduler.sigmas.length, 7);
});

test("what a step was given is the caller's own again after it", (t) => {
  const classes = ['PNDM', 'DPMSolverMultistep', 'UniPCMultistep', 'LCM', 'DDIM', 'EulerDiscrete'];
  for (const name of classes) {
    const run = (after: (given: FloatTensor[]) => void) => {
      const scheduler = createScheduler(
        {_class_name: `${name}Scheduler`, beta_schedule: 'scaled_linear', skip_prk_steps: true},
        {seed: 3},
      );
      scheduler.setTimesteps(6);
      let sample = scaled(x, 2);
      for (const time of scheduler.timesteps) {
        const output = {data: sample.data.map((value, i) => value / (i + 2)), shape: x.shape};
        const given = [output, {...sample, data: sample.data.slice()}];
        sample = scheduler.step(given[0]!, time, given[1]!);
        after(given);
      }
      return sample.data;
    };
    const spoilt = run((given) => {
      for (const {data} of given) data.fill(1e6);
    });
    t.deepEqual(
      spoilt,
      run(() => {}),
      name,
    );
  }
});

test('what cannot be is told', (t) => {
  const ddim = createScheduler({_class_name: 'DDIMScheduler'});
  refuses(t, () => ddim.step(x, 1, x), 'ERR_VALUE', /setTimesteps/);
  refuses(t, () => ddim.setTimesteps(0), 'ERR_VALUE', /1 to 1000 steps/);
  refuses(t, () => ddim.setTimesteps(2.5), 'ERR_VALUE', /whole number/);
  refuses(t, () => ddim.setTimesteps([900, 500]), 'ERR_CONFIG', /fixed stride/);
  ddim.setTimesteps(5);
  refuses(t, () => ddim.step(x, 123, x), 'ERR_VALUE', /one of the scheduler's timesteps/);
  refuses(t, () => ddim.step({...x, shape: [4, 2]}, 800, x), 'ERR_SHAPE', /sample's shape/);
  refuses(t, () => createScheduler({_class_name: 'HeunDiscreteScheduler'}), 'ERR_MODEL_FORMAT', /supported/);
  const euler = createScheduler({_class_name: 'EulerDiscreteScheduler'});
  refuses(t, () => euler.setTimesteps([100, 500]), 'ERR_VALUE', /descend/);
  refuses(t, () => euler.setTimesteps([1000]), 'ERR_VALUE', /0 to 999/);
  const lcm = createScheduler({_class_name: 'LCMScheduler'});
  refuses(t, () => lcm.setTimesteps(51), 'ERR_VALUE', /original_inference_steps/);
});
