import {join} from 'node:path';
import test from 'ava';
import {classifierHead} from '../../ts/detection/classifier-head.js';
import {FittedDetector} from '../../ts/detection/fitted-detector.js';
import {loadDetector} from '../../ts/detection/load-detector.js';
import {fixedReadings} from '../../ts/detection/readings.js';
import {classifierFingerprint} from '../../ts/models/classifier-head.js';
import {Engine} from '../../ts/models/engine.js';
import {readPreprocessorConfig} from '../../ts/models/preprocessor-config.js';
import {preprocessImages} from '../../ts/data/preprocess.js';
import {writeSafetensors} from '../../ts/models/weights/safetensors.js';
import {energyScores} from '../../ts/synthesis/boundary.js';
import {temporaryFolder} from '../support/folder.js';
import {tinyModels} from '../support/tiny-models.js';

test("a detector of a head of one's own scores with that head, and refuses another", async (t) => {
  await using engine = await Engine.open({device: 'cpu', threads: 1});
  const {classifier: reference} = await tinyModels();
  const {featureSize} = await engine.loadClassifier(reference);
  const folder = temporaryFolder(t);
  const file = join(folder, 'head.safetensors');
  const write = (factor: number) =>
    writeSafetensors(file, {
      'probe.weight': {
        data: Float32Array.from({length: 3 * featureSize}, (_, at) => factor * Math.sin(1.7 * (at + 1))),
        shape: [3, featureSize],
      },
      'probe.bias': {data: Float32Array.of(0.1, -0.2, 0.3), shape: [3]},
    });
  await write(1);
  const head = {file, logits: 'probe.weight'};
  const fingerprint = await classifierFingerprint(reference, head);
  const own = await engine.loadClassifier(reference, {head});
  const features = fixedReadings({
    features: {data: new Float32Array(6 * featureSize), shape: [6, featureSize]},
  });
  const data = {
    classes: ['a', 'b', 'c'],
    images: features,
    labels: [0, 0, 1, 1, 2, 2],
    seed: 0,
    head: () => classifierHead(own),
  };
  const models = {classifier: {reference, head, fingerprint}};
  const made = await FittedDetector.fit('energy', data, {engine}, {models});
  const saved = join(folder, 'detector');
  await made.save(saved);

  const images = [3, 7].map((factor) => ({
    data: Uint8Array.from({length: 3 * 32 * 32}, (_, at) => (at * factor) % 251),
    width: 32,
    height: 32,
    channels: 3 as const,
  }));
  const scores = await (await loadDetector(saved, {engine})).score(images, {});
  const pixels = preprocessImages(images, (await readPreprocessorConfig(reference))!);
  const expected = energyScores(await own.logits(pixels));
  expected.forEach((score, at) => t.true(Math.abs(score - scores[at]!) < 1e-4, `${scores[at]} ${score}`));

  await write(2);
  const error = await t.throwsAsync(loadDetector(saved, {engine}));
  t.like(error, {code: 'ERR_CONFIG'});
  t.regex(error.message, /another head than .*head\.safetensors/);
});
