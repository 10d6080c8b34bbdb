import {join} from 'node:path';
import {z} from 'zod';
import type {FloatTensor, ProjectionParameters, Tensor} from '../binding/contract.js';
import {SynoodError} from '../binding/errors.js';
import {writeFileAtomic} from '../data/files/atomic-file.js';
import {hashFile} from '../data/files/canonical-hash.js';
import {checkJson, readJson} from '../data/files/json-file.js';
import {readSafetensors, writeSafetensors} from '../models/weights/safetensors.js';
import {checkContent, checkSeal, sealed} from './seal.js';

const label = z.strictObject({name: z.string(), prompt: z.string()});

const descriptionSchema = z.strictObject({
  format: z.literal(2),
  /** the model whose features these are; `reference` is its folder, or "emoji-world" for the embedded one */
  clip: z.strictObject({reference: z.string(), fingerprint: z.string()}),
  /** in-distribution labels, in the order of the rows of "classes" */
  classes: z.array(label).min(1),
  /** negative labels, in the order of the rows of "negatives" and "tuned_negatives" */
  negatives: z.array(label).min(1),
  /** the order in which the negatives fall into groups */
  permutation: z.array(z.number().int().nonnegative()).min(1),
  groups: z.number().int().positive(),
  temperature: z.number().positive(),
  /** which of the trained parts scoring uses */
  parts: z.strictObject({projection: z.boolean(), labels: z.boolean()}),
  threshold: z.strictObject({
    /** an image with at least this score is taken as in-distribution */
    value: z.number(),
    /** the share of held-out in-distribution images that reach it */
    truePositiveRate: z.number(),
    images: z.number().int(),
  }),
  provenance: z.record(z.string(), z.unknown()),
});

const schema = descriptionSchema.extend({
  /** SHA-256 of detector.safetensors */
  tensors: z.string(),
  sha256: z.string(),
});

/** detector.json: everything that scoring needs beside the features. */
export type DetectorDescription = z.infer<typeof descriptionSchema>;

/** detector.safetensors. */
export interface DetectorFeatures {
  /** (C, D) */
  classes: FloatTensor;
  /** (M, D) */
  negatives: FloatTensor;
  /** (M, D), fine-tuned */
  tunedNegatives: FloatTensor;
  projection: ProjectionParameters;
}

const JSON_FILE = 'detector.json';
const TENSOR_FILE = 'detector.safetensors';

export const detectorFiles = [JSON_FILE, TENSOR_FILE];

export async function writeDetector(
  folder: string,
  description: DetectorDescription,
  features: DetectorFeatures,
): Promise<void> {
  const {weight, bias, normWeight, normBias} = features.projection;
  await writeSafetensors(
    join(folder, TENSOR_FILE),
    {
      classes: features.classes,
      negatives: features.negatives,
      tuned_negatives: features.tunedNegatives,
      'projection.weight': weight,
      'projection.bias': bias,
      'projection.norm.weight': normWeight,
      'projection.norm.bias': normBias,
    },
    {format: 'pt'},
  );
  const whole = sealed({...description, tensors: await hashFile(join(folder, TENSOR_FILE))});
  await writeFileAtomic(join(folder, JSON_FILE), `${JSON.stringify(whole, null, 2)}\n`);
}

function checkPermutation({permutation, negatives, groups}: DetectorDescription, file: string): void {
  const whole = new Set(permutation).size === negatives.length && permutation.length === negatives.length;
  if (!whole || permutation.some((index) => index >= negatives.length)) {
    throw new SynoodError(
      'ERR_CONFIG',
      `${file}: "permutation" is not an order of its ${negatives.length} negatives.`,
    );
  }
  if (groups > negatives.length) {
    throw new SynoodError(
      'ERR_CONFIG',
      `${file}: ${groups} groups of ${negatives.length} negatives; expected fewer.`,
    );
  }
}

/**
 * Reads a detector's two files, their contents held to their hashes.
 *
 * @throws SynoodError ERR_CONFIG or ERR_MODEL_FORMAT naming file and key, or the file that was damaged or changed; ERR_IO
 */
export async function readDetector(
  folder: string,
): Promise<{description: DetectorDescription; features: DetectorFeatures}> {
  const file = join(folder, JSON_FILE);
  const json = checkJson(schema, await readJson(file, 'ERR_CONFIG'), file, 'ERR_CONFIG');
  checkSeal(json, file);
  const {tensors: content, sha256: _, ...description} = json;
  checkPermutation(description, file);
  const path = join(folder, TENSOR_FILE);
  checkContent(path, content, await hashFile(path));
  const {tensors} = await readSafetensors(path);
  const find = (name: string, shape: number[]): FloatTensor => {
    const tensor: Tensor | undefined = tensors[name];
    if (tensor?.data instanceof Float32Array && String(tensor.shape) === String(shape)) {
      return {data: tensor.data, shape};
    }
    const found = tensor ? `[${tensor.shape.join(', ')}]` : 'none';
    throw new SynoodError(
      'ERR_MODEL_FORMAT',
      `${path}: expected "${name}" of [${shape.join(', ')}], found ${found}.`,
    );
  };
  const width = tensors['classes']?.shape[1] ?? 0;
  const count = description.negatives.length;
  return {
    description,
    features: {
      classes: find('classes', [description.classes.length, width]),
      negatives: find('negatives', [count, width]),
      tunedNegatives: find('tuned_negatives', [count, width]),
      projection: {
        weight: find('projection.weight', [width, width]),
        bias: find('projection.bias', [width]),
        normWeight: find('projection.norm.weight', [width]),
        normBias: find('projection.norm.bias', [width]),
      },
    },
  };
}
