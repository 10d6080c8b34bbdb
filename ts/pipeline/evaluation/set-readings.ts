import type {FloatTensor} from '../../binding/contract.js';
import type {ImagePreprocessing} from '../../data/preprocess.js';
import {clipPreprocessing} from '../../data/clip-preprocess.js';
import {readingEncoder, type ReadingModels} from '../../detection/reading-encoders.js';
import {type ImageReadings, type Reading, readingName} from '../../detection/readings.js';
import {readPreprocessorConfig} from '../../models/preprocessor-config.js';
import {imageFeatures, takeRows} from '../clip-features.js';
import type {NamedImage} from '../read-images.js';
import type {RunContext} from '../run-context.js';

/** The run's models, loaded when a detector first reads images with one. */
async function modelsFor(run: RunContext, {of}: Reading): Promise<ReadingModels> {
  if (of === 'clip') return {clip: await run.models.clip()};
  const model = await run.models.classifier();
  const preprocessing: ImagePreprocessing =
    (await readPreprocessorConfig(run.models.folder('classifier'))) ?? clipPreprocessing();
  const widths = {features: model.featureSize, logits: model.config.labels.length};
  const fingerprint = await run.models.fingerprint('classifier');
  return {classifier: {model, preprocessing, fingerprint, widths}};
}

/** A set's images that can be read, and what models say of them. */
export interface ReadSet<T extends NamedImage> {
  items: T[];
  readings: ImageReadings;
}

/**
 * A set's images as detectors see them: kept in the run's feature bank, so that no model sees an image twice.
 *
 * @param first  the reading that decides which images can be read at all
 * @param onImage  after each image of the first reading
 */
export async function readSet<T extends NamedImage>(
  run: RunContext,
  set: string,
  images: readonly T[],
  first: Reading,
  onImage?: () => void,
): Promise<ReadSet<T>> {
  const compute = async (
    reading: Reading,
    some: readonly T[],
    told?: () => void,
  ): Promise<{items: T[]; tensor: FloatTensor}> => {
    const models = await modelsFor(run, reading);
    const {encoder, tensor} = await readingEncoder(models, reading, run.config.engine.batchSize);
    const {items, tensors} = await imageFeatures(run, encoder, some, {set, onImage: told});
    return {items, tensor: tensors[tensor]!};
  };
  const {items, tensor} = await compute(first, images, onImage);
  const made = new Map([[readingName(first), Promise.resolve(tensor)]]);
  const read = (reading: Reading): Promise<FloatTensor> => {
    const name = readingName(reading);
    let reads = made.get(name);
    if (!reads) {
      run.progress(0, items.length, `${set}: ${name}`);
      made.set(name, (reads = compute(reading, items).then((all) => all.tensor)));
    }
    return reads;
  };
  return {items, readings: {count: items.length, read}};
}

/** Several sets one behind the other. */
export const joinedReadings = (sets: readonly ImageReadings[]): ImageReadings => ({
  count: sets.reduce((sum, {count}) => sum + count, 0),
  async read(reading) {
    const parts = await Promise.all(sets.map((set) => set.read(reading)));
    const width = parts[0]!.shape[1]!;
    const data = new Float32Array(parts.reduce((sum, part) => sum + part.data.length, 0));
    let at = 0;
    for (const part of parts) {
      data.set(part.data, at);
      at += part.data.length;
    }
    return {data, shape: [data.length / width, width]};
  },
});

/** Some images of a set. */
export const someReadings = (set: ImageReadings, rows: readonly number[]): ImageReadings => ({
  count: rows.length,
  read: async (reading) => takeRows(await set.read(reading), rows),
});
