import {cpSync, rmSync, writeFileSync, readFileSync} from 'node:fs';
import {join} from 'node:path';
import test from 'ava';
import type {SchedulerSpec} from '../../ts/binding/contract.js';
import type {ErrorCode, SynoodError} from '../../ts/binding/errors.js';
import {boxMask, fullMask} from '../../ts/data/mask.js';
import {inpaintImage} from '../../ts/inpainting/inpaint-image.js';
import type {InpaintItem, InpaintSettings} from '../../ts/inpainting/options.js';
import {temporaryFolder} from '../support/folder.js';
import {openInpainter, picture} from './set-up.js';

const shared = openInpainter();
test.after.always(async () => (await shared).engine.dispose());

const good = {
  image: picture(32, 32),
  mask: boxMask(32, 32, {left: 4, top: 4, right: 20, bottom: 20}),
  prompt: 'a photo of a tree',
  steps: 2,
  seed: 3,
};

const nan = new Float32Array(3 * 32 * 32).fill(0.5);
nan[77] = NaN;

const bad: [string, Partial<InpaintItem & InpaintSettings>, ErrorCode, RegExp][] = [
  ['a width that does not divide', {width: 30}, 'ERR_SHAPE', /width.*multiple of 4.*30/],
  ['a height that does not divide', {height: 33}, 'ERR_SHAPE', /height.*multiple of 4.*33/],
  ['no width', {width: 0}, 'ERR_SHAPE', /width/],
  ['a strength that leaves no step', {strength: 0.4}, 'ERR_VALUE', /0\.4 leaves none of 2 steps.*0\.5/],
  ['a strength of 0', {strength: 0}, 'ERR_VALUE', /strength/],
  ['a strength above 1', {strength: 1.1}, 'ERR_VALUE', /strength/],
  ['no steps', {steps: 0}, 'ERR_VALUE', /steps/],
  ['a guidance scale of NaN', {guidanceScale: NaN}, 'ERR_VALUE', /guidanceScale/],
  ['a mask of another size', {mask: fullMask(31, 32)}, 'ERR_SHAPE', /32 x 32.*31 x 32/],
  ['an empty mask', {mask: {data: new Uint8Array(1024), width: 32, height: 32}}, 'ERR_VALUE', /mask.*empty/],
  [
    'a mask with NaN',
    {mask: {data: new Float32Array(1024).fill(NaN), width: 32, height: 32}},
    'ERR_VALUE',
    /mask.*NaN/,
  ],
  ['an image with NaN', {image: {data: nan, shape: [3, 32, 32]}}, 'ERR_VALUE', /NaN/],
  ['an empty tensor', {image: {data: new Float32Array(0), shape: [3, 0, 0]}}, 'ERR_IMAGE', /empty/],
  ['an empty image', {image: {data: new Uint8Array(0), width: 0, height: 0}}, 'ERR_IMAGE', /image 0.*0 x 0/],
  ['an empty file', {image: new Uint8Array(0)}, 'ERR_IMAGE', /empty/],
  ['a file that is not there', {image: 'nowhere.png'}, 'ERR_IMAGE', /nowhere\.png/],
  ['a negative blur', {blur: -1}, 'ERR_VALUE', /blur/],
  ['a negative dilation', {dilate: -2}, 'ERR_VALUE', /dilate/],
  ['half a pixel of padding', {crop: 1.5}, 'ERR_VALUE', /padding.*1\.5/],
  ['a negative seed', {seed: -1}, 'ERR_VALUE', /seed.*-1/],
  ['no batch', {batchSize: 0}, 'ERR_VALUE', /batchSize/],
];

for (const [what, options, code, message] of bad) {
  test(`${what} is ${code}, and the next call works`, async (t) => {
    const {inpainter} = await shared;
    await t.throwsAsync(inpaintImage(inpainter, {...good, ...options}), {code, message});
    const {image} = await inpaintImage(inpainter, good);
    t.is(image.width, 32);
  });
}

test('a mask that vanishes at the size of the model is an error with advice', async (t) => {
  const {inpainter} = await shared;
  const mask = boxMask(500, 500, {left: 100, top: 100, right: 101, bottom: 101});
  const options = {...good, image: picture(500, 500), mask};
  await t.throwsAsync(inpaintImage(inpainter, options), {code: 'ERR_VALUE', message: /Dilate it, or crop/});
  const {image} = await inpaintImage(inpainter, {...options, crop: 8});
  t.notDeepEqual(image.data, options.image.data);
});

test('a scheduler of no known kind is a typed error, and the next call works', async (t) => {
  const {inpainter} = await shared;
  const scheduler = {...inpainter.scheduler, kind: 'heun' as SchedulerSpec['kind']};
  const error = await t.throwsAsync<SynoodError>(inpaintImage(inpainter, {...good, scheduler}));
  t.regex(error!.code, /ERR_(CONFIG|VALUE|MODEL_FORMAT)/);
  t.regex(error!.message, /heun/);
  await t.notThrowsAsync(inpaintImage(inpainter, good));
});

test('a scheduler class that nobody knows is named, with those that are known', async (t) => {
  const {engine, models} = await shared;
  const folder = join(temporaryFolder(t), 'model');
  cpSync(models.inpainter, folder, {recursive: true});
  const file = join(folder, 'scheduler', 'scheduler_config.json');
  const config = JSON.parse(readFileSync(file, 'utf8')) as object;
  writeFileSync(file, JSON.stringify({...config, _class_name: 'HeunDiscreteScheduler'}));
  await t.throwsAsync(engine.loadInpainter(folder), {
    code: 'ERR_MODEL_FORMAT',
    message: /HeunDiscreteScheduler.*DDIMScheduler/,
  });
});

for (const part of ['unet', 'vae', 'text_encoder', 'tokenizer', 'scheduler']) {
  test(`a folder without ${part} is an error that names it, and the engine goes on`, async (t) => {
    const {engine, models, inpainter} = await shared;
    const folder = join(temporaryFolder(t), 'model');
    cpSync(models.inpainter, folder, {recursive: true});
    rmSync(join(folder, part), {recursive: true});
    const error = await t.throwsAsync<SynoodError>(engine.loadInpainter(folder));
    t.regex(error!.code, /ERR_(IO|MODEL_FORMAT)/);
    t.regex(error!.message, new RegExp(part));
    await t.notThrowsAsync(inpaintImage(inpainter, good));
  });
}
