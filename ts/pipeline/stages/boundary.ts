import {z} from 'zod';
import type {FloatTensor, PixelTransformSpec} from '../../binding/contract.js';
import {checkJson, readJson} from '../../data/files/json-file.js';
import {writeFileAtomic} from '../../data/files/atomic-file.js';
import {SynoodError} from '../../binding/errors.js';
import {clipPreprocessing} from '../../data/clip-preprocess.js';
import {IMAGENET_V2_PREPROCESSING, readPreprocessorConfig} from '../../models/preprocessor-config.js';
import {preprocessForDiffusion} from '../../data/preprocess.js';
import {calibrateBoundary} from '../../synthesis/boundary.js';
import {resizeGently} from '../../synthesis/gentle-resize.js';
import {pixelTransform} from '../../synthesis/pixel-transform.js';
import type {Synthesizer} from '../../synthesis/synthesizer.js';
import {type NamedImage, readImages} from '../read-images.js';
import type {RunContext} from '../run-context.js';
import {imageSetHash} from '../run-data.js';
import type {SelectedImage} from './select.js';

export const BOUNDARY = 'boundary.json';

const score = z.strictObject({id: z.string(), score: z.number()});
const boundarySchema = z.strictObject({
  /** which score: energy is T * logsumexp(logits / T), higher is in-distribution */
  score: z.enum(['energy', 'msp', 'max-logit', 'authors']),
  /** whose logits */
  model: z.enum(['classifier', 'clip']).default('classifier'),
  /** how many logits that model has */
  classes: z.number().int().positive().optional(),
  temperature: z.number(),
  boundary: z.number(),
  tolerance: z.number(),
  /** a hash of the held-out images' names and bytes */
  calibrationImages: z.string().optional(),
  /** held-out in-distribution images */
  calibration: z.array(score),
  /** the chosen images, before the synthesis */
  selection: z.array(score),
});

export type BoundaryFile = z.infer<typeof boundarySchema>;

export async function readBoundary(run: RunContext): Promise<BoundaryFile> {
  const file = run.directory.file(BOUNDARY);
  return checkJson(boundarySchema, await readJson(file, 'ERR_CONFIG'), file, 'ERR_CONFIG');
}

/** How many logits a score is made of. */
export async function scoreClasses(run: RunContext): Promise<number> {
  if (run.config.synthesize.score === 'clip') return (await run.data.classes()).length;
  return (await run.models.classifier()).config.numLabels;
}

/**
 * Scores of other logits cannot be held against this boundary.
 *
 * @throws SynoodError ERR_CONFIG naming both numbers of classes
 */
export async function expectCalibratedModel(run: RunContext, boundary: BoundaryFile): Promise<void> {
  const {classes: calibrated, model} = boundary;
  const classes = await scoreClasses(run);
  if (model === run.config.synthesize.score && (calibrated ?? classes) === classes) return;
  throw new SynoodError(
    'ERR_CONFIG',
    `Expected the model that ${run.directory.file(BOUNDARY)} was calibrated with, ${model} of ${calibrated ?? 'some'} classes, got ${run.config.synthesize.score} of ${classes}. Calibrate again: synood synthesize --out ${run.directory.path}`,
  );
}

/** The scoring model's own preprocessing; torchvision's and CLIP's where its folder has none. */
export async function scoreTransform(run: RunContext, side: number): Promise<PixelTransformSpec> {
  const model = run.config.synthesize.score;
  const preprocessing = await readPreprocessorConfig(run.models.folder(model));
  const usual = model === 'clip' ? clipPreprocessing() : IMAGENET_V2_PREPROCESSING;
  return pixelTransform(preprocessing ?? usual, side);
}

/** Real images as the scoring model would see them as generated ones: squares of the same size. */
async function scoreImages(
  run: RunContext,
  set: string,
  images: readonly NamedImage[],
  synthesizer: Synthesizer,
): Promise<{id: string; score: number}[]> {
  const {batchSize} = run.config.engine;
  const side = synthesizer.imageSize;
  const rows: {id: string; score: number}[] = [];
  const size = 3 * side * side;
  const pixels = new Float32Array(batchSize * size);
  let ids: string[] = [];
  const flush = async () => {
    if (ids.length === 0) return;
    const batch: FloatTensor = {
      data: pixels.slice(0, ids.length * size),
      shape: [ids.length, 3, side, side],
    };
    const scores = await synthesizer.score(batch, run.signal);
    rows.push(...ids.map((id, index) => ({id, score: scores[index]!})));
    ids = [];
    run.progress(rows.length, images.length, `scores of ${set}`);
  };
  for await (const {item, image} of readImages(run, set, images)) {
    const square = await resizeGently(image, side, side, 'lanczos');
    const {data} = preprocessForDiffusion([square], side, side);
    pixels.set(
      data.map((value) => value / 2 + 0.5),
      ids.length * size,
    );
    ids.push(item.id);
    if (ids.length === batchSize) await flush();
  }
  await flush();
  return rows;
}

/** Scores held-out and chosen images, and fixes the boundary. */
export async function calibrate(
  run: RunContext,
  selection: readonly SelectedImage[],
  synthesizer: Synthesizer,
): Promise<BoundaryFile> {
  const {temperature, boundary, tolerance, objective, reference, score: model} = run.config.synthesize;
  const {items} = await run.data.calibration();
  const calibration = await scoreImages(run, 'calibration', items, synthesizer);
  const file: BoundaryFile = {
    score: reference || objective === 'reference' ? 'energy' : objective,
    model,
    classes: await scoreClasses(run),
    temperature,
    ...calibrateBoundary(
      calibration.map((row) => row.score),
      {boundary, tolerance},
    ),
    calibrationImages: await imageSetHash(items),
    calibration,
    selection: await scoreImages(run, 'inDistribution', selection, synthesizer),
  };
  await writeFileAtomic(run.directory.file(BOUNDARY), `${JSON.stringify(file, null, 2)}\n`);
  return file;
}
