import {execFile} from 'node:child_process';
import {cp, readFile, rm, writeFile} from 'node:fs/promises';
import {join} from 'node:path';
import {promisify} from 'node:util';
import test from 'ava';
import {temporaryFolder} from '../support/folder.js';
import {fixture, repoRoot} from '../support/paths.js';
import {synood} from './synood.js';

interface Answer {
  className: string;
  parts: {name: string; className: string; tensors: number; parameters: number; dtypes: string[]}[];
  parameters: number;
  checked: boolean;
  problems: {part: string; code: string; message: string}[];
}

/** As published; diffusers and transformers count the same (test/fixtures/pipelines). */
const UNETS: [string, number, number][] = [
  ['sd1', 686, 859_535_364],
  ['sd2', 686, 865_925_124],
  ['sdxl', 1680, 2_567_478_084],
];

for (const [family, tensors, parameters] of UNETS) {
  test.serial(`every key of a full-size ${family} is used, none missing or left over`, async (t) => {
    const folder = join(temporaryFolder(t), family);
    const script = join(repoRoot, 'scripts', 'make-random-pipeline.mjs');
    const args = ['--family', family, '--dtype', 'float16', '--sparse', '--out', folder];
    await promisify(execFile)(process.execPath, [script, ...args]);
    const {code, stdout, stderr} = await synood(['inspect', folder, '--json']);
    t.is(code, 0, stderr);
    const {parts, checked, problems} = JSON.parse(stdout) as Answer;
    t.true(checked);
    t.deepEqual(problems, []);
    t.like(
      parts.find(({name}) => name === 'unet')!,
      {tensors, parameters, dtypes: ['F16']},
    );
    const counts: unknown = JSON.parse(await readFile(fixture('pipelines', family, 'counts.json'), 'utf8'));
    t.deepEqual(Object.fromEntries(parts.map((part) => [part.name, counted(part)])), counts);
  });
}

const counted = ({tensors, parameters}: Answer['parts'][number]) => ({tensors, parameters});

test.serial('a model that does not fit its configuration: the part and the key are named', async (t) => {
  const folder = join(temporaryFolder(t), 'pipeline');
  await cp(fixture('inpaint', 'pipeline-xl'), folder, {recursive: true});
  const whole = await synood(['inspect', folder]);
  t.is(whole.code, 0, whole.stderr);
  t.regex(whole.stdout, /StableDiffusionXLInpaintPipeline/);
  t.regex(whole.stdout, /text_encoder_2 +CLIPTextModelWithProjection/);
  t.regex(whole.stdout, /Every key is used; none is missing or left over\./);

  const file = join(folder, 'unet', 'config.json');
  const config = JSON.parse(await readFile(file, 'utf8')) as object;
  await writeFile(file, JSON.stringify({...config, transformer_layers_per_block: [1, 1]}));
  await rm(join(folder, 'scheduler'), {recursive: true});
  const {code, stdout} = await synood(['inspect', folder, '--json']);
  t.is(code, 1);
  const {problems} = JSON.parse(stdout) as Answer;
  t.deepEqual(
    problems.map(({part}) => part),
    ['unet', 'scheduler'],
  );
  t.regex(problems[0]!.message, /key '.*transformer_blocks\.1\..*no part of the model asks for this key/);
});

test.serial('one model, and what is none', async (t) => {
  const {code, stdout, stderr} = await synood(['inspect', fixture('vae', 'tiny'), '--json']);
  t.is(code, 0, stderr);
  const {className, parts} = JSON.parse(stdout) as Answer;
  t.is(className, 'AutoencoderTiny');
  t.is(parts.length, 1);
  const wrong = await synood(['inspect', join(temporaryFolder(t), 'nowhere')]);
  t.is(wrong.code, 1);
  t.regex(wrong.stderr, /nowhere is no folder/);
});
