import {z} from 'zod';
import type {FloatTensor, Tensor} from '../binding/contract.js';
import {SynoodError} from '../binding/errors.js';
import {writeFileAtomic} from '../data/files/atomic-file.js';
import {checkJson, readJson} from '../data/files/json-file.js';
import {readSafetensors, writeSafetensors} from '../models/weights/safetensors.js';
import type {RunContext} from './run-context.js';

export const NEGATIVES = 'negatives.json';
export const NEGATIVE_FEATURES = 'negatives.safetensors';

const label = z.strictObject({name: z.string(), prompt: z.string()});
const schema = z.strictObject({
  classes: z.array(label.extend({id: z.string()})),
  /** in the order of the rows of `negatives` */
  negatives: z.array(
    label.extend({
      kind: z.enum(['noun', 'adjective']),
      /** the quantile of its similarities to the classes: low is far from all */
      similarity: z.number(),
    }),
  ),
  /** the order in which negatives fall into groups */
  permutation: z.array(z.number().int().nonnegative()),
  candidates: z.number(),
});

/** The labels of a run, in the order of their features. */
export type Labels = z.infer<typeof schema> & {
  /** (C, D) */
  classFeatures: FloatTensor;
  /** (M, D) */
  negativeFeatures: FloatTensor;
};

export async function writeLabels(run: RunContext, labels: Labels): Promise<void> {
  const {classFeatures, negativeFeatures, ...names} = labels;
  await writeSafetensors(run.directory.file(NEGATIVE_FEATURES), {
    classes: classFeatures,
    negatives: negativeFeatures,
  });
  await writeFileAtomic(run.directory.file(NEGATIVES), `${JSON.stringify(names, null, 2)}\n`);
}

/** @throws SynoodError ERR_CONFIG if the two files do not fit each other */
export async function readLabels(run: RunContext): Promise<Labels> {
  const file = run.directory.file(NEGATIVES);
  const names = checkJson(schema, await readJson(file, 'ERR_CONFIG'), file, 'ERR_CONFIG');
  const path = run.directory.file(NEGATIVE_FEATURES);
  const {tensors} = await readSafetensors(path);
  const rows = (name: string, count: number): FloatTensor => {
    const tensor: Tensor | undefined = tensors[name];
    if (tensor?.data instanceof Float32Array && tensor.shape.length === 2 && tensor.shape[0] === count) {
      return {data: tensor.data, shape: tensor.shape};
    }
    throw new SynoodError(
      'ERR_CONFIG',
      `${path}: expected "${name}" with ${count} rows, as ${file} has names.`,
    );
  };
  return {
    ...names,
    classFeatures: rows('classes', names.classes.length),
    negativeFeatures: rows('negatives', names.negatives.length),
  };
}
