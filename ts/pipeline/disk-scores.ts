import type {FloatTensor} from '../binding/contract.js';
import {clipPreprocessing} from '../data/clip-preprocess.js';
import type {RgbImage} from '../data/image.js';
import {preprocessImages} from '../data/preprocess.js';
import {IMAGENET_V2_PREPROCESSING, readPreprocessorConfig} from '../models/preprocessor-config.js';
import {scoresOf} from '../synthesis/boundary.js';
import {fillTemplate, textFeatures} from './clip-features.js';
import {type NamedImage, readImages} from './read-images.js';
import type {RunContext} from './run-context.js';
import type {BoundaryFile} from './stages/boundary.js';

type Logits = (images: RgbImage[]) => Promise<FloatTensor>;

const unit = ({data, shape}: FloatTensor): FloatTensor => {
  const [rows, width] = shape as [number, number];
  const out = Float32Array.from(data);
  for (let row = 0; row < rows; row++) {
    const one = out.subarray(row * width, (row + 1) * width);
    const norm = Math.hypot(...one);
    one.forEach((value, at) => (one[at] = value / norm));
  }
  return {data: out, shape};
};

async function classifierLogits(run: RunContext): Promise<Logits> {
  const classifier = await run.models.classifier();
  const own = await readPreprocessorConfig(run.models.folder('classifier'));
  return (images) =>
    classifier.logits(preprocessImages(images, own ?? IMAGENET_V2_PREPROCESSING), {
      batchSize: run.config.engine.batchSize,
      signal: run.signal,
    });
}

async function zeroShotLogits(run: RunContext): Promise<Logits> {
  const clip = await run.models.clip();
  const engine = await run.models.engine();
  const classes = await run.data.classes();
  const template = run.config.mine.classTemplate;
  const labels = unit(
    await textFeatures(
      run,
      clip,
      classes.map(({name}) => fillTemplate(template, name)),
    ),
  );
  const own = (await readPreprocessorConfig(run.models.folder('clip'))) ?? clipPreprocessing();
  const scale = await clip.logitScale();
  return async (images) => {
    const features = await clip.encodeImages(preprocessImages(images, own), {signal: run.signal});
    const {data, shape} = await engine.run((core) => core.cosines(unit(features), labels), run.signal);
    return {data: data.map((cosine) => cosine * scale), shape};
  };
}

/**
 * Scores of image files by another way than the search's own: decoded, preprocessed in bytes as a classifier's user does,
 * the plain forward pass, the score in double precision. An image that cannot be read is named and left out.
 */
export async function diskScores(
  run: RunContext,
  set: string,
  images: readonly NamedImage[],
  {score, temperature, model}: Pick<BoundaryFile, 'score' | 'temperature' | 'model'>,
): Promise<Map<string, number>> {
  const logits = await (model === 'clip' ? zeroShotLogits(run) : classifierLogits(run));
  const found = new Map<string, number>();
  let chunk: {id: string; image: RgbImage}[] = [];
  const flush = async () => {
    if (chunk.length === 0) return;
    const rows = scoresOf(score, await logits(chunk.map(({image}) => image)), temperature);
    chunk.forEach(({id}, index) => found.set(id, rows[index]!));
    chunk = [];
    run.progress(found.size, images.length, `scores of ${set}`);
  };
  for await (const {item, image} of readImages(run, set, images)) {
    chunk.push({id: item.id, image});
    if (chunk.length === run.config.engine.batchSize) await flush();
  }
  await flush();
  return found;
}
