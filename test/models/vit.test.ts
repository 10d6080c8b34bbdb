import {cp, readFile, writeFile} from 'node:fs/promises';
import {join} from 'node:path';
import test from 'ava';
import {Engine} from '../../ts/models/engine.js';
import {parseVitConfig} from '../../ts/models/vit-config.js';
import {temporaryFolder} from '../support/folder.js';
import {goldenTensors, maxDifference} from '../support/golden.js';
import {fixture} from '../support/paths.js';

test("a folder of ViTForImageClassification is a classifier with transformers' logits", async (t) => {
  await using engine = await Engine.open({device: 'cpu', threads: 1});
  for (const name of ['tiny', 'no-bias']) {
    const classifier = await engine.loadClassifier(fixture('vit', name));
    t.deepEqual([classifier.config.numLabels, classifier.config.labels[3]], [10, 'class 3']);
    const golden = await goldenTensors('vit', name);
    const pixels = golden('pixel_values');
    t.true(maxDifference(await classifier.logits(pixels), golden('logits')) < 1e-4);
    t.true(maxDifference(await classifier.features(pixels), golden('features')) < 1e-4);
  }
});

test('what it does not compute is an error that names file and key', async (t) => {
  const json = JSON.parse(await readFile(fixture('vit', 'tiny', 'config.json'), 'utf8')) as object;
  for (const [change, message] of [
    [{hidden_act: 'gelu_new'}, /hidden_act is "gelu_new"; supported: "gelu"/],
    [{num_attention_heads: 5}, /hidden_size 32 is not divisible by num_attention_heads 5/],
    [{patch_size: 64}, /patch_size is 64, image_size 28/],
    [{hidden_size: 'wide'}, /hidden_size/],
    [{id2label: {0: 'a', 2: 'b'}}, /none for "1"/],
  ] as const) {
    const error = t.throws(() => parseVitConfig({...json, ...change}, 'some/config.json'));
    t.like(error, {code: 'ERR_MODEL_FORMAT'});
    t.regex(error.message, message);
    t.regex(error.message, /some\/config\.json/);
  }
  const folder = temporaryFolder(t);
  await cp(fixture('vit', 'tiny'), folder, {recursive: true});
  await writeFile(join(folder, 'config.json'), JSON.stringify({...json, num_hidden_layers: 4}));
  await using engine = await Engine.open({device: 'cpu', threads: 1});
  const error = await t.throwsAsync(engine.loadClassifier(folder));
  t.like(error, {code: 'ERR_MODEL_FORMAT'});
  t.regex(error.message, /vit\.encoder\.layer\.3/);
});
