import test from 'ava';
import {Engine} from '../../ts/models/engine.js';
import {goldenTensors, maxDifference} from '../support/golden.js';
import {fixture} from '../support/paths.js';

// scripts/gpu-check.sh sets SYNOOD_TEST_DEVICE; elsewhere there is nothing to compare.
const device = process.env['SYNOOD_TEST_DEVICE'] ?? 'cpu';
const onDevice = device === 'cpu' ? test.skip : test;

/** What a device's precision may change, as a share of the largest magnitude. */
const BOUNDS = {float32: 1e-4, float16: 2e-2, bfloat16: 1e-1};

for (const [dtype, bound] of Object.entries(BOUNDS)) {
  onDevice(`a denoiser on ${device} in ${dtype} is diffusers' within ${bound}`, async (t) => {
    await using engine = await Engine.open({device: device as 'cuda', dtype: dtype as 'float32'});
    t.regex(engine.info.device, /^cuda/);
    const tensor = await goldenTensors('unet', 'sd2-9ch');
    const sample = tensor('sample');
    using unet = await engine.loadUnet(fixture('unet', 'sd2-9ch'));
    const found = await unet.predict(sample, tensor('timesteps'), tensor('encoder_hidden_states'));
    const expected = tensor('out_per_row');
    const largest = (expected.data as Float32Array).reduce((most, x) => Math.max(most, Math.abs(x)), 0);
    t.true(maxDifference(found, expected) < bound * largest);
  });
}
