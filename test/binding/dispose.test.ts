import test from 'ava';
import {monitorEventLoopDelay} from 'node:perf_hooks';
import {setTimeout} from 'node:timers/promises';
import {SynoodError} from '../../ts/binding/errors.js';
import {encodeGrey, freshClip, openEngine} from './programs/long-job.js';

test('disposing twice is fine, using afterwards is ERR_DISPOSED', async (t) => {
  const engine = await openEngine();
  const clip = await freshClip(engine);
  clip.dispose();
  clip.dispose();
  await t.throwsAsync(() => encodeGrey(clip, 1), {instanceOf: SynoodError, code: 'ERR_DISPOSED'});
  const other = await freshClip(engine);
  await engine.dispose();
  await engine.dispose();
  t.throws(() => engine.info, {instanceOf: SynoodError, code: 'ERR_DISPOSED'});
  await t.throwsAsync(() => encodeGrey(other, 1), {instanceOf: SynoodError, code: 'ERR_DISPOSED'});
  await t.throwsAsync(() => freshClip(engine), {instanceOf: SynoodError, code: 'ERR_DISPOSED'});
  t.notThrows(() => other.dispose());
});

test('await using gives the engine back', async (t) => {
  let kept;
  {
    await using engine = await openEngine();
    using clip = await freshClip(engine);
    kept = engine;
    t.is((await encodeGrey(clip, 1)).length, 8 * 64);
  }
  t.throws(() => kept.info, {code: 'ERR_DISPOSED'});
});

test('a model that is disposed of in the middle of a job lets the job end', async (t) => {
  await using engine = await openEngine();
  const clip = await freshClip(engine);
  const features = encodeGrey(clip, 2);
  clip.dispose();
  t.is((await features).length, 16 * 64);
});

test('an engine that is disposed of in the middle of a job aborts it', async (t) => {
  const engine = await openEngine();
  const clip = await freshClip(engine);
  const features = encodeGrey(clip, 400);
  const refused = t.throwsAsync(features, {code: 'ERR_ABORTED'});
  await engine.dispose();
  await refused;
});

test('a signal stops a job within a batch', async (t) => {
  await using engine = await openEngine();
  const clip = await freshClip(engine);
  const controller = new AbortController();
  let fired = 0;
  const features = encodeGrey(clip, 400, {
    signal: controller.signal,
    onBatch: () => {
      fired ||= performance.now();
      controller.abort();
    },
  });
  await t.throwsAsync(features, {code: 'ERR_ABORTED'});
  const took = Math.round(performance.now() - fired);
  t.log(`stopped after ${took} ms`);
  t.true(took < 2000);
});

/** How late a 10 ms timer is at the 99th percentile while `work` goes on, in milliseconds. */
async function lateness(work: () => Promise<unknown>): Promise<number> {
  const delay = monitorEventLoopDelay({resolution: 10});
  const working = work();
  delay.enable();
  await working;
  delay.disable();
  return delay.percentile(99) / 1e6 - 10; // the histogram holds whole intervals
}

// Serial, and beside what the machine does to an idle loop, since other programs of it may be what a timer waits for.
test.serial('timers are served while the engine computes', async (t) => {
  await using engine = await openEngine();
  const clip = await freshClip(engine);
  let late = Infinity;
  let idle = 0;
  for (let attempt = 0; attempt < 3 && late - idle >= 20; attempt++) {
    late = await lateness(() => encodeGrey(clip, 8));
    idle = late < 20 ? 0 : await lateness(() => setTimeout(1500));
  }
  t.log(`a 10 ms timer is ${late.toFixed(1)} ms late at the 99th percentile, ${idle.toFixed(1)} of it idle`);
  t.true(late - idle < 20);
});
