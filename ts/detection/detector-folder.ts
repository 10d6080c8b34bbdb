import {join} from 'node:path';
import {z} from 'zod';
import {writeFileAtomic} from '../data/files/atomic-file.js';
import {hashFile} from '../data/files/canonical-hash.js';
import {checkJson, readJson} from '../data/files/json-file.js';
import {readSafetensors, writeSafetensors} from '../models/weights/safetensors.js';
import type {DetectorTensors} from './kind.js';
import {checkContent, checkSeal, sealed} from './seal.js';

const modelSchema = z.strictObject({
  /** its folder, or "emoji-world" for the embedded one */
  reference: z.string(),
  /** of a classifier: a layer of one's own in its last one's place, as the configuration's models.classifierHead */
  head: z
    .strictObject({file: z.string(), logits: z.string().optional(), bias: z.string().optional()})
    .optional(),
  fingerprint: z.string(),
});

export const thresholdSchema = z.strictObject({
  /** an image with at least this score is taken as in-distribution */
  value: z.number(),
  /** the share of held-out in-distribution images that reach it */
  truePositiveRate: z.number(),
  images: z.number().int(),
});

const schema = z.strictObject({
  format: z.literal(2),
  kind: z.string(),
  settings: z.record(z.string(), z.unknown()),
  /** names of the in-distribution classes, in the order of the scores' classes */
  classes: z.array(z.string()).min(1),
  models: z.strictObject({clip: modelSchema.optional(), classifier: modelSchema.optional()}),
  threshold: thresholdSchema.optional(),
  /** SHA-256 of detector.safetensors */
  tensors: z.string(),
  sha256: z.string(),
});

/** detector.json without what tells whether it was changed. */
export type FittedDescription = Omit<z.infer<typeof schema>, 'format' | 'tensors' | 'sha256'>;
export type ModelReference = z.infer<typeof modelSchema>;

export const DETECTOR_JSON = 'detector.json';
export const DETECTOR_TENSORS = 'detector.safetensors';

/** Writes detector.safetensors, then detector.json with the hash of either. */
export async function writeDetectorFolder(
  folder: string,
  description: FittedDescription,
  tensors: DetectorTensors,
): Promise<void> {
  const path = join(folder, DETECTOR_TENSORS);
  await writeSafetensors(path, tensors, {format: 'pt'});
  const whole = sealed({format: 2 as const, ...description, tensors: await hashFile(path)});
  await writeFileAtomic(join(folder, DETECTOR_JSON), `${JSON.stringify(whole, null, 2)}\n`);
}

/** Whether a detector.json is of this form, and not of a run's own detector. */
export async function isFittedDetector(folder: string): Promise<boolean> {
  const json = await readJson(join(folder, DETECTOR_JSON), 'ERR_MODEL_FORMAT');
  return typeof json === 'object' && json !== null && 'kind' in json;
}

/**
 * Reads a detector's folder, its contents held to their hashes.
 *
 * @throws SynoodError ERR_MODEL_FORMAT naming the file that is damaged, changed or of another form; ERR_IO
 */
export async function readDetectorFolder(
  folder: string,
): Promise<{description: FittedDescription; tensors: DetectorTensors}> {
  const file = join(folder, DETECTOR_JSON);
  const json = checkJson(schema, await readJson(file, 'ERR_MODEL_FORMAT'), file, 'ERR_MODEL_FORMAT');
  checkSeal(json, file);
  const path = join(folder, DETECTOR_TENSORS);
  checkContent(path, json.tensors, await hashFile(path));
  const {tensors} = await readSafetensors(path);
  const {kind, settings, classes, models, threshold} = json;
  return {description: {kind, settings, classes, models, threshold}, tensors};
}
