import test from 'ava';
import {boundingBox, boxMask, fullMask, maskArea} from '../../ts/data/mask.js';
import type {RgbImage} from '../../ts/data/image.js';
import {Engine} from '../../ts/models/engine.js';
import {subjectMask} from '../../ts/inpainting/subject-mask.js';
import {readPreprocessorConfig} from '../../ts/models/preprocessor-config.js';
import {resolveConfig} from '../../ts/pipeline/config/read-config.js';
import type {RunContext} from '../../ts/pipeline/run-context.js';
import {sampleMasks} from '../../ts/pipeline/sample-masks.js';
import {pixelTransform} from '../../ts/synthesis/pixel-transform.js';
import {type SynthesisInput, Synthesizer} from '../../ts/synthesis/synthesizer.js';
import {tinyModels} from '../support/tiny-models.js';

const picture: RgbImage = {
  data: Uint8Array.from({length: 40 * 36 * 3}, (_, at) => (at * 7) % 251),
  width: 40,
  height: 36,
};

test('a mask paints its part anew, a full one is the default, an empty one is left out', async (t) => {
  await using engine = await Engine.open({device: 'cpu', threads: 1});
  const models = await tinyModels();
  const synthesizer = new Synthesizer({
    inpainter: await engine.loadInpainter(models.inpainter),
    classifier: await engine.loadClassifier(models.classifier),
    transform: pixelTransform((await readPreprocessorConfig(models.classifier))!, 32),
    boundary: 100,
    tolerance: 0.1,
    batchSize: 2,
    steps: 2,
    maxIterations: 1,
  });
  const make = async (masks: SynthesisInput['mask'][]) => {
    const bad: string[] = [];
    const found = new Map<string, Float32Array>();
    // One id, so that all have the same draws.
    const inputs = masks.map((mask) => ({id: 'one', image: {...picture, channels: 3 as const}, mask}));
    for (const input of inputs) {
      const all = [{...input, prompt: 'A photo only remain tree.'}];
      const options = {onBadImage: (_: string, error: Error) => bad.push(error.message)};
      for await (const {image} of synthesizer.run(all, options)) found.set(String(found.size), image.data);
    }
    return {found: [...found.values()], bad};
  };
  const {found, bad} = await make([
    undefined,
    ({width, height}) => fullMask(width, height),
    ({width, height}) => boxMask(width, height, {left: 0, top: 0, right: width / 2, bottom: height}),
    ({width, height}) => ({data: new Uint8Array(width * height), width, height}),
  ]);
  t.is(found.length, 3);
  t.deepEqual(found[1], found[0]);
  t.notDeepEqual(found[2], found[0]);
  t.is(bad.length, 1);
  t.regex(bad[0]!, /one: expected a mask that replaces something/);
});

test('the middle, and a box in shares of the picture', async (t) => {
  const masksOf = async (mask: unknown) => {
    const config = resolveConfig({synthesize: {mask}});
    const of = await sampleMasks({config} as unknown as RunContext);
    return of({class: 'any'})?.(picture);
  };
  t.is(await masksOf('full'), undefined);
  const center = (await masksOf('center'))!;
  t.deepEqual(boundingBox(center), {left: 10, top: 9, right: 30, bottom: 27});
  t.is(maskArea(center), 20 * 18);
  t.deepEqual(boundingBox((await masksOf({box: [0, 0.5, 1, 1]}))!), {
    left: 0,
    top: 18,
    right: 40,
    bottom: 36,
  });
  const refuses = (mask: unknown) => t.throws(() => resolveConfig({synthesize: {mask}}), {message: /mask/});
  refuses({box: [0.5, 0, 0.5, 1]});
  refuses({box: [0, 0, 2, 1]});
  refuses('middle');
});

test('the subject is where CLIP finds the class by its name', async (t) => {
  await using engine = await Engine.open({device: 'cpu', threads: 1});
  const clip = await engine.loadClip((await tinyModels()).clip);
  const run = {
    config: resolveConfig({synthesize: {mask: 'subject'}}),
    models: {clip: () => Promise.resolve(clip)},
    data: {classes: () => Promise.resolve([{id: 'barn_owl', name: 'barn owl'}])},
  } as unknown as RunContext;
  const mask = await (await sampleMasks(run))({class: 'barn_owl'})!(picture);
  t.deepEqual(mask, await subjectMask(clip, picture, 'barn owl'));
  t.true(maskArea(mask) > 0 && maskArea(mask) < 40 * 36);
});
