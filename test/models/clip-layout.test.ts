import {copyFileSync, cpSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import test, {type ExecutionContext} from 'ava';
import type {SynoodError} from '../../ts/binding/errors.js';
import {Clip} from '../../ts/models/clip.js';
import {clipConfigFromWeights} from '../../ts/models/clip-from-weights.js';
import {readClipLayout} from '../../ts/models/clip-layout.js';
import {parseOpenClipPreprocessing} from '../../ts/models/open-clip-config.js';
import {Engine} from '../../ts/models/engine.js';
import type {WeightFile} from '../../ts/models/weights/weight-files.js';
import {temporaryFolder} from '../support/folder.js';
import {goldenTensors, maxDifference} from '../support/golden.js';
import {fixture} from '../support/paths.js';

/** OpenCLIP's fixture with the small vocabulary beside it. */
function openClipFolder(t: ExecutionContext): string {
  const folder = temporaryFolder(t);
  cpSync(fixture('clip', 'open_clip'), folder, {recursive: true});
  const vocabulary = 'bpe_simple_vocab_16e6.txt.gz';
  copyFileSync(fixture('preprocess', 'openai_tokenizer', vocabulary), join(folder, vocabulary));
  return folder;
}

test("an OpenCLIP folder has transformers' features of the same weights", async (t) => {
  const golden = await goldenTensors('clip', 'quick_gelu');
  await using engine = await Engine.open({device: 'cpu', threads: 1});
  using clip = await engine.loadClip(openClipFolder(t));
  t.true(maxDifference(await clip.encodeImages(golden('pixel_values')), golden('image_embeds')) < 1e-5);
  t.true(maxDifference(await clip.encodeText(golden('input_ids')), golden('text_embeds')) < 1e-5);
  t.is(clip.preprocessing.cropOffset, 'round');
  t.deepEqual(clip.preprocessing.resize, {shortestEdge: 56});
  t.is(clip.tokenizer.padTokenId, 0);
  const keys = (await clip.state()).map(({name}) => name);
  t.true(keys.includes('text_model.encoder.layers.0.self_attn.q_proj.weight'));
});

test('a text is the same whatever length it is computed at, and beside whatever texts', async (t) => {
  await using engine = await Engine.open({device: 'cpu', threads: 1});
  using clip = await engine.loadClip(openClipFolder(t));
  const texts = [
    'a',
    'a photo of a nice red panda',
    'mountain river lake '.repeat(4),
    'street '.repeat(60),
    '',
  ];
  const short = await clip.encodeText(texts);
  t.true(maxDifference(short, await clip.encodeText(clip.tokenize(texts))) < 1e-5);
  const alone = await clip.encodeText([texts[1]!]);
  t.deepEqual(short.data.slice(24, 48), alone.data);
});

test('the activation is told apart: QuickGELU and GELU give other features of the same weights', async (t) => {
  const golden = await goldenTensors('clip', 'quick_gelu');
  const folder = openClipFolder(t);
  const {config, files} = await readClipLayout(folder);
  t.is(config.vision!.hiddenAct, 'quick_gelu');
  await using engine = await Engine.open({device: 'cpu', threads: 1});
  const plain = {...config, vision: {...config.vision!, hiddenAct: 'gelu'}};
  const native = await engine.run((core) => core.loadClip(plain, {files}));
  const images = await engine.run(() =>
    native.encodeImages(golden('pixel_values'), {batchSize: 3, pad: true}),
  );
  t.true(maxDifference(images, golden('image_embeds')) > 1e-3);
  native.dispose();
});

const file = (shapes: Record<string, number[]>): WeightFile => ({
  path: 'ViT-B-16.safetensors',
  fileSize: 0,
  metadata: {},
  entries: Object.entries(shapes).map(([name, shape]) => ({name, dtype: 'F32', shape, begin: 0, end: 0})),
});
const published = {
  'visual.conv1.weight': [768, 3, 16, 16],
  'visual.positional_embedding': [197, 768],
  'visual.proj': [768, 512],
  'visual.transformer.resblocks.0.ln_1.weight': [768],
  'visual.transformer.resblocks.0.mlp.c_fc.weight': [3072, 768],
  'token_embedding.weight': [49408, 512],
  positional_embedding: [77, 512],
  text_projection: [512, 512],
  'transformer.resblocks.0.ln_1.weight': [512],
  'transformer.resblocks.0.mlp.c_fc.weight': [2048, 512],
};

test("the sizes of OpenAI's models are read from their tensors; what tensors do not tell is asked for", (t) => {
  const config = clipConfigFromWeights([file({...published, input_resolution: []})]);
  t.like(config.vision, {
    imageSize: 224,
    patchSize: 16,
    numAttentionHeads: 12,
    projectionDim: 512,
    hiddenAct: 'quick_gelu',
  });
  t.like(config.text, {hiddenSize: 512, numAttentionHeads: 8, maxPositionEmbeddings: 77, eosTokenId: 2});
  t.is(clipConfigFromWeights([file(published)], 'gelu').text!.hiddenAct, 'gelu');
  const message = (shapes: Record<string, number[]>, activation?: 'gelu') =>
    (t.throws(() => clipConfigFromWeights([file(shapes)], activation)) as SynoodError).message;
  t.regex(message(published), /do not tell their activation.*open_clip_config\.json/);
  t.regex(
    message({...published, 'visual.conv1.weight': [1280, 3, 14, 14]}, 'gelu'),
    /width 1280 is none of OpenAI's/,
  );
});

test('a folder of something else is named', async (t) => {
  const folder = temporaryFolder(t);
  await t.throwsAsync(readClipLayout(folder), {message: /expected a CLIP model/});
  writeFileSync(
    join(folder, 'open_clip_config.json'),
    '{"model_cfg": {"embed_dim": 8, "vision_cfg": {}, "text_cfg": {}}}',
  );
  await t.throwsAsync(readClipLayout(folder), {message: /expected open_clip_model\.safetensors/});
  await using engine = await Engine.open({device: 'cpu', threads: 1});
  const mixed = openClipFolder(t);
  writeFileSync(
    join(mixed, 'open_clip_config.json'),
    '{"model_cfg": {"embed_dim": 24, "vision_cfg": {"image_size": 56, "patch_size": 14, "layers": 4, "width": 32, "head_width": 8}, "text_cfg": {"width": 32, "heads": 4, "layers": 5, "vocab_size": 1000}}}',
  );
  const error = (await t.throwsAsync(Clip.load(engine, mixed))) as SynoodError;
  t.is(error.code, 'ERR_MODEL_FORMAT');
});

test("OpenCLIP's transform: its own mean and filter, a square where it squashes", (t) => {
  const of = (preprocess: object) =>
    parseOpenClipPreprocessing({model_cfg: {vision_cfg: {image_size: 96}}, preprocess_cfg: preprocess});
  t.like(of({}), {
    resize: {shortestEdge: 96},
    filter: 'bicubic',
    cropOffset: 'round',
    crop: {width: 96, height: 96},
  });
  const squashed = of({
    resize_mode: 'squash',
    interpolation: 'bilinear',
    mean: [0.5, 0.5, 0.5],
    std: [0.5, 0.5, 0.5],
  });
  t.like(squashed, {resize: {width: 96, height: 96}, filter: 'bilinear', mean: [0.5, 0.5, 0.5]});
  t.is(squashed.crop, undefined);
  t.throws(() => of({resize_mode: 'longest'}), {message: /resize_mode is "longest"/});
});
