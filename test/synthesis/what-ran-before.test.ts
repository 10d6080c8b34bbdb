import {readFile} from 'node:fs/promises';
import {join} from 'node:path';
import {fileURLToPath} from 'node:url';
import test from 'ava';
import {Engine} from '../../ts/models/engine.js';
import {readPreprocessorConfig} from '../../ts/models/preprocessor-config.js';
import {pixelTransform} from '../../ts/synthesis/pixel-transform.js';
import {Synthesizer} from '../../ts/synthesis/synthesizer.js';

/** Emoji World's models: their layers are large enough for weights to be packed. */
const models = fileURLToPath(new URL('../../../assets/emoji-world/models', import.meta.url));
const part = (name: string) => join(models, 'inpainter', name);

const shared = Engine.open({device: 'cpu', threads: 2});
test.after.always(async () => (await shared).dispose());

const numbers = (shape: number[], seed: number) => ({
  data: Float32Array.from({length: shape.reduce((a, b) => a * b)}, (_, at) => Math.sin(at * 1.7 + seed)),
  shape,
});
const firstOf = ({data, shape}: {data: Float32Array; shape: readonly number[]}) => ({
  data: data.slice(0, data.length / shape[0]!),
  shape: [1, ...shape.slice(1)],
});

test('a denoiser’s first call gives the bytes of its second, and of one behind calls of other sizes', async (t) => {
  const engine = await shared;
  const {in_channels: channels, cross_attention_dim: width} = JSON.parse(
    await readFile(join(part('unet'), 'config.json'), 'utf8'),
  ) as {in_channels: number; cross_attention_dim: number};
  const sample = numbers([3, channels, 16, 16], 1);
  const text = numbers([3, 32, width], 2);
  const times = (count: number) => ({data: new Float32Array(count).fill(500), shape: [count]});
  const fresh = await engine.loadUnet(part('unet'));
  const other = await engine.loadUnet(part('unet'));
  const one = (unet: typeof fresh) => unet.predict(firstOf(sample), times(1), firstOf(text));
  const first = await one(fresh);
  t.deepEqual((await one(fresh)).data, first.data);
  await other.predict(sample, times(3), text);
  t.deepEqual((await one(other)).data, first.data);
});

test('an autoencoder’s decoder likewise', async (t) => {
  const engine = await shared;
  const fresh = await engine.loadAutoencoderKl(part('vae'));
  const other = await engine.loadAutoencoderKl(part('vae'));
  const latents = numbers([3, fresh.config.latentChannels, 16, 16], 3);
  const first = await fresh.decode(firstOf(latents));
  t.deepEqual((await fresh.decode(firstOf(latents))).data, first.data);
  await other.decode(latents);
  t.deepEqual((await other.decode(firstOf(latents))).data, first.data);
});

async function setUp(engine: Engine) {
  const folder = join(models, 'classifier');
  const classifier = await engine.loadClassifier(folder);
  const transform = pixelTransform((await readPreprocessorConfig(folder))!, 64);
  const image = {
    data: Uint8Array.from({length: 64 * 64 * 3}, (_, at) => (at * 5) % 251),
    width: 64,
    height: 64,
    channels: 3 as const,
  };
  const load = () => engine.loadInpainter(join(models, 'inpainter'));
  /** A sample's image and its scores, from a batch that is padded to that size. */
  const run = async (inpainter: Awaited<ReturnType<typeof load>>, batchSize: number) => {
    const synthesizer = new Synthesizer({
      inpainter,
      classifier,
      transform,
      boundary: -1e3,
      tolerance: 0,
      batchSize,
      steps: 3,
      strength: 1,
      guidanceScale: 2,
      maxIterations: 2,
    });
    const found: (Float32Array | number)[] = [];
    for await (const {image: made, trajectory} of synthesizer.run([{id: 'a', image, prompt: 'A photo.'}])) {
      found.push(made.data, ...trajectory);
    }
    return found;
  };
  return {load, run};
}

test('a synthesis likewise: alone, again, and with a denoiser that has served a larger batch', async (t) => {
  const {load, run} = await setUp(await shared);
  const fresh = await load();
  const other = await load();
  const first = await run(fresh, 1);
  t.is(first.length, 3);
  t.deepEqual(await run(fresh, 1), first);
  await run(other, 4);
  t.deepEqual(await run(other, 1), first);
});
