import {spawnSync} from 'node:child_process';
import {readFileSync} from 'node:fs';
import {join} from 'node:path';
import test from 'ava';
import * as synood from '../ts/index.js';
import {repoRoot} from './support/paths.js';
import {tinyModels} from './support/tiny-models.js';

test('nothing is public but this', (t) => {
  t.deepEqual(Object.keys(synood).sort(), [
    'AnswerCache',
    'AutoencoderKl',
    'AutoencoderTiny',
    'Classifier',
    'Clip',
    'Detector',
    'Engine',
    'FeatureBank',
    'FittedDetector',
    'Inpainter',
    'OpenAiServer',
    'Scheduler',
    'ScoreStream',
    'SynoodError',
    'Synthesizer',
    'Trainer',
    'Unet',
    'ZeroShot',
    'ablate',
    'aupr',
    'auroc',
    'binarise',
    'blurMask',
    'bootstrapMetrics',
    'boundingBox',
    'boxMask',
    'calibrateBoundary',
    'clipImageEncoder',
    'clipTextSpace',
    'createScheduler',
    'cropRegion',
    'deLongTest',
    'decodeImage',
    'detectionError',
    'detectorKinds',
    'dilateMask',
    'encodeImages',
    'encodeLabels',
    'encodeTexts',
    'energyScores',
    'evaluateScores',
    'extractContexts',
    'fixedReadings',
    'fprAtTpr',
    'fullMask',
    'groupPermutation',
    'imageReadings',
    'inpaintImage',
    'inpaintImages',
    'inspectLibtorch',
    'invertMask',
    'jpegComplexity',
    'listImageFolder',
    'loadTokenizer',
    'mineNegatives',
    'pasteBack',
    'percentileInterval',
    'pixelTransform',
    'preprocessForDiffusion',
    'pullLibtorch',
    'readConfig',
    'readMask',
    'readPreprocessorConfig',
    'readSchedulerConfig',
    'renderReport',
    'resolveConfig',
    'rocCurve',
    'runPipeline',
    'saveImage',
    'selectMostComplex',
    'subjectMap',
    'subjectMask',
    'thresholdAtTpr',
    'wordnetCandidates',
  ]);
});

test('a program that imports the package by its name encodes text and images', async (t) => {
  const {clip} = await tinyModels();
  const program = `
    import {auroc, Engine} from 'synood';
    const engine = await Engine.open({device: 'cpu', threads: 1});
    const clip = await engine.loadClip(${JSON.stringify(clip)});
    const white = {data: new Uint8Array(8 * 8 * 3).fill(255), width: 8, height: 8, channels: 3};
    const images = await clip.encodeImages([white, white]);
    const text = await clip.encodeText(['the nice panda']);
    await engine.dispose();
    console.log(JSON.stringify([images.shape, text.shape, auroc([2, 3], [1])]));
  `;
  const {stdout, stderr, status} = spawnSync(process.execPath, ['--input-type=module', '--eval', program], {
    cwd: repoRoot,
    encoding: 'utf8',
  });
  t.is(status, 0, stderr);
  const [images, text, area] = JSON.parse(stdout) as [number[], number[], number];
  t.is(images[0], 2);
  t.is(text[0], 1);
  t.is(images[1], text[1]);
  t.is(area, 1);
});

test('every public function and class says what it does', (t) => {
  const index = readFileSync(join(repoRoot, 'ts', 'index.ts'), 'utf8');
  for (const [, names = '', path = ''] of index.matchAll(/^export \{([^}]+)\} from '\.\/(.+)\.js';$/gm)) {
    const source = readFileSync(join(repoRoot, 'ts', `${path}.ts`), 'utf8');
    for (const name of names.split(',').map((one) => one.trim())) {
      const declared = new RegExp(`\\*/\\nexport (async )?(abstract )?(function\\*?|class|const) ${name}\\b`);
      t.regex(source, declared, `${name} in ts/${path}.ts`);
    }
  }
});
