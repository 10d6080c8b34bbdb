import {cp, readFile, rm, writeFile} from 'node:fs/promises';
import {join} from 'node:path';
import anyTest, {type TestFn} from 'ava';
import type {FloatTensor, Tensor} from '../../ts/binding/contract.js';
import type {ErrorCode, SynoodError} from '../../ts/binding/errors.js';
import {AutoencoderTiny} from '../../ts/models/autoencoder-tiny.js';
import {Engine} from '../../ts/models/engine.js';
import {inpaintRequest} from '../../ts/models/inpaint-request.js';
import {type Inpainter, type InpaintOptions} from '../../ts/models/inpainter.js';
import {parseSchedulerConfig} from '../../ts/models/scheduler-config.js';
import {temporaryFolder} from '../support/folder.js';
import {goldenTensors, maxDifference} from '../support/golden.js';
import {fixture} from '../support/paths.js';

const test = anyTest as TestFn<{engine: Engine}>;

test.before(async (t) => {
  t.context.engine = await Engine.open({device: 'cpu', threads: 1});
});
test.after.always((t) => t.context.engine?.dispose());

interface Case {
  name: string;
  strength: number;
  guidance_scale: number;
  steps: number;
  scheduler: Record<string, unknown>;
  negative_prompt: string[] | null;
}

interface Golden {
  parameters: {prompts: string[]; negative_prompt: string; cases: Case[]};
}

const golden = async (folder: string) =>
  JSON.parse(await readFile(fixture('inpaint', folder, 'golden.json'), 'utf8')) as Golden;

const toSigned = ({data, shape}: Tensor): FloatTensor => ({
  data: Float32Array.from(data as Float32Array, (value) => value * 2 - 1),
  shape,
});

/** What diffusers made of a case, against what the folder makes of the same texts and draws. */
async function pictureDifference(inpainter: Inpainter, folder: string, wanted: string): Promise<number> {
  const {parameters} = await golden(folder);
  const about = parameters.cases.find(({name}) => name === wanted)!;
  const tensor = await goldenTensors('inpaint', folder);
  const image = toSigned(tensor('image'));
  const count = image.shape[0]!;
  const options: InpaintOptions = {
    image,
    mask: tensor('mask'),
    prompt: parameters.prompts.slice(0, count),
    negativePrompt: about.negative_prompt ?? undefined,
    strength: about.strength,
    guidanceScale: about.guidance_scale,
    steps: about.steps,
    scheduler: parseSchedulerConfig(about.scheduler),
  };
  const request = {
    ...inpaintRequest(inpainter, options),
    imageNoise: tensor('image_noise'),
    noise: tensor('noise'),
    maskedImageNoise: tensor('masked_noise'),
    stepNoise: tensor('step_noise'),
  };
  const {engine, unet, vae, textEncoder, textEncoder2} = inpainter;
  const native = await engine.run((core) =>
    core.createInpainter(unet.native, vae.native, textEncoder.native, textEncoder2?.native),
  );
  const made = await engine.run(() => native.inpaint(request, {}));
  native.dispose();
  return maxDifference(made, tensor(`${wanted}/images`));
}

test('a folder like Stable Diffusion 2, its texts tokenised here', async (t) => {
  using inpainter = await t.context.engine.loadInpainter(fixture('inpaint', 'pipeline-sd2'));
  t.is(inpainter.family, 'sd');
  for (const name of ['strength1-guidance7.5', 'strength0.6-guidance1', 'negative', 'zero-snr']) {
    t.true((await pictureDifference(inpainter, 'pipeline-sd2', name)) < 1e-4, name);
  }
});

test('a folder of Stable Diffusion XL: two tokenizers, zeros for a negative prompt that is not given', async (t) => {
  using inpainter = await t.context.engine.loadInpainter(fixture('inpaint', 'pipeline-xl'));
  t.is(inpainter.family, 'sdxl');
  t.is(inpainter.scheduler.kind, 'euler');
  for (const name of ['strength1-guidance7.5', 'strength0.6-guidance7.5', 'negative']) {
    t.true((await pictureDifference(inpainter, 'pipeline-xl', name)) < 1e-4, name);
  }
});

test('shards of half precision are found by their variant, or when there is nothing else', async (t) => {
  const {engine} = t.context;
  for (const options of [{variant: 'fp16'}, {}]) {
    using inpainter = await engine.loadInpainter(fixture('inpaint', 'pipeline-fp16'), options);
    t.true((await pictureDifference(inpainter, 'pipeline-fp16', 'strength1')) < 1e-4);
  }
  const error = await t.throwsAsync<SynoodError>(
    engine.loadInpainter(fixture('inpaint', 'pipeline-9ch'), {variant: 'fp16'}),
  );
  t.is(error?.code, 'ERR_MODEL_FORMAT');
  t.regex(error?.message ?? '', /expected model\.fp16\.safetensors/);
});

test('a shard outside the folder is refused', async (t) => {
  const folder = temporaryFolder(t);
  await cp(fixture('inpaint', 'pipeline-fp16'), folder, {recursive: true});
  const index = join(folder, 'unet', 'diffusion_pytorch_model.safetensors.index.fp16.json');
  const text = await readFile(index, 'utf8');
  await writeFile(
    index,
    text.replaceAll('diffusion_pytorch_model.fp16-00001', '../unet/diffusion_pytorch_model.fp16-00001'),
  );
  const error = await t.throwsAsync<SynoodError>(t.context.engine.loadInpainter(folder));
  t.is(error?.code, 'ERR_MODEL_FORMAT');
  t.regex(error?.message ?? '', /plain name/);
});

test("a tiny autoencoder in the autoencoder's place, and as a preview", async (t) => {
  const {engine} = t.context;
  const tinyFolder = fixture('inpaint', 'tiny-vae', 'vae');
  using replaced = await engine.loadInpainter(fixture('inpaint', 'pipeline-9ch'), {vae: tinyFolder});
  t.true(replaced.vae instanceof AutoencoderTiny);
  for (const name of ['strength1', 'strength0.6']) {
    t.true((await pictureDifference(replaced, 'tiny-vae', name)) < 1e-4, name);
  }
  using inpainter = await engine.loadInpainter(fixture('inpaint', 'pipeline-9ch'));
  using preview = await engine.loadAutoencoderTiny(tinyFolder);
  const tensor = await goldenTensors('inpaint', 'tiny-vae');
  const shapes: (number[] | undefined)[] = [];
  await inpainter.inpaint({
    image: toSigned(tensor('image')),
    mask: tensor('mask'),
    prompt: 'a panda',
    steps: 2,
    guidanceScale: 1,
    preview,
    onStep: (step) => shapes.push(step.preview?.shape),
  });
  t.deepEqual(shapes, [
    [1, 3, 32, 32],
    [1, 3, 32, 32],
  ]);
});

test('the same seed gives the same bytes beside other prompts, unset negative prompts among them', async (t) => {
  using inpainter = await t.context.engine.loadInpainter(fixture('inpaint', 'pipeline-xl'));
  const tensor = await goldenTensors('inpaint', 'pipeline-xl');
  const image = toSigned(tensor('image'));
  const run = (negativePrompt: (string | undefined)[], prompt: string[]) =>
    inpainter.inpaint({
      image: {data: Float32Array.from([...half(image), ...half(image)]), shape: image.shape},
      mask: {data: new Float32Array(2 * 32 * 32).fill(1), shape: [2, 1, 32, 32]},
      prompt,
      negativePrompt,
      seed: [5n, 6n],
      steps: 2,
    });
  const half = ({data}: FloatTensor) => data.subarray(0, data.length / 2);
  const first = half(await run([undefined, 'dark'], ['a panda', 'a cat']));
  t.deepEqual(first, half(await run([undefined, undefined], ['a panda', 'a dog'])));
  t.notDeepEqual(first, half(await run(['', 'dark'], ['a panda', 'a cat'])));
});

test('sizes that are told, embeddings in place of texts, times of one\u2019s own', async (t) => {
  using inpainter = await t.context.engine.loadInpainter(fixture('inpaint', 'pipeline-xl'));
  const tensor = await goldenTensors('inpaint', 'pipeline-xl');
  const base = {
    image: toSigned(tensor('image')),
    mask: tensor('mask'),
    seed: 3n,
    guidanceScale: 1,
    strength: 1,
  };
  const plain = await inpainter.inpaint({...base, prompt: 'a panda', steps: 3});
  const own = {height: 32, width: 32};
  const sizes = {originalSize: own, targetSize: own, cropTopLeft: {top: 0, left: 0}};
  t.deepEqual((await inpainter.inpaint({...base, prompt: 'a panda', steps: 3, sizes})).data, plain.data);
  const cropped = {cropTopLeft: {top: 9, left: 0}};
  t.notDeepEqual(
    (await inpainter.inpaint({...base, prompt: 'a panda', steps: 3, sizes: cropped})).data,
    plain.data,
  );

  const {textEncoder, textEncoder2} = inpainter;
  const [one, two, pooled] = [
    await textEncoder.textPenultimateStates(['a panda', 'a panda']),
    await textEncoder2!.textPenultimateStates(['a panda', 'a panda']),
    await textEncoder2!.encodeText(['a panda', 'a panda']),
  ];
  const joined = new Float32Array(2 * 77 * 64);
  for (let token = 0; token < 2 * 77; token++) {
    joined.set(one.data.subarray(token * 32, (token + 1) * 32), token * 64);
    joined.set(two.data.subarray(token * 32, (token + 1) * 32), token * 64 + 32);
  }
  const promptEmbeds = {prompt: {data: joined, shape: [2, 77, 64]}, pooled};
  t.true(maxDifference(await inpainter.inpaint({...base, promptEmbeds, steps: 3}), plain) < 1e-4);

  const steps: number[] = [];
  await inpainter.inpaint({
    ...base,
    prompt: 'a panda',
    timesteps: [901, 300, 50],
    onStep: ({timestep}) => steps.push(timestep),
  });
  t.deepEqual(steps, [901, 300, 50]);
});

test('bad input is a typed error, and the engine goes on', async (t) => {
  const {engine} = t.context;
  using inpainter = await engine.loadInpainter(fixture('inpaint', 'pipeline-sd2'));
  const tensor = await goldenTensors('inpaint', 'pipeline-sd2');
  const good = {image: toSigned(tensor('image')), mask: tensor('mask'), prompt: 'a panda', steps: 2};
  const refuses = async (options: Partial<InpaintOptions>, code: ErrorCode, message: RegExp) => {
    const error = await t.throwsAsync<SynoodError>(async () => inpainter.inpaint({...good, ...options}));
    t.is(error?.code, code);
    t.regex(error?.message ?? '', message);
  };
  const broken = {data: good.image.data.slice(), shape: good.image.shape};
  broken.data[5] = NaN;
  await refuses({image: broken}, 'ERR_IMAGE', /finite/);
  await refuses({strength: 0.1}, 'ERR_VALUE', /no step/);
  await refuses({mask: {data: new Float32Array(2 * 16 * 16), shape: [2, 1, 16, 16]}}, 'ERR_SHAPE', /mask/);
  const odd = {data: new Float32Array(2 * 3 * 33 * 32), shape: [2, 3, 33, 32]};
  const oddMask = {data: new Float32Array(2 * 33 * 32), shape: [2, 1, 33, 32]};
  await refuses({image: odd, mask: oddMask}, 'ERR_SHAPE', /divide by 2/);
  await refuses({prompt: ['a', 'b', 'c']}, 'ERR_SHAPE', /one prompt for each of 2/);
  await refuses({prompt: undefined}, 'ERR_VALUE', /prompt/);
  await refuses({timesteps: [500, 100]}, 'ERR_CONFIG', /fixed stride/);
  t.is((await inpainter.inpaint(good)).shape.join(), '2,3,32,32');

  const folder = temporaryFolder(t);
  await cp(fixture('inpaint', 'pipeline-xl'), folder, {recursive: true});
  await rm(join(folder, 'text_encoder_2'), {recursive: true});
  const error = await t.throwsAsync<SynoodError>(engine.loadInpainter(folder));
  t.is(error?.code, 'ERR_MODEL_FORMAT');
  t.regex(error?.message ?? '', /text_encoder_2/);
});
