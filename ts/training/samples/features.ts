import type {FloatTensor, Tensor} from '../../binding/contract.js';
import {SynoodError} from '../../binding/errors.js';
import {encodeImages} from '../../features/encode-images.js';
import {FeatureBank} from '../../features/feature-bank.js';
import {clipImageEncoder} from '../../features/image-encoder.js';
import type {Clip} from '../../models/clip.js';
import {readSafetensors} from '../../models/weights/safetensors.js';
import type {JobContext, LeftOut} from '../jobs/job.js';

/** Image features with a label each. */
export interface Labelled {
  features: FloatTensor;
  labels: number[];
}

export function floats(tensors: Record<string, Tensor>, name: string, file: string): FloatTensor {
  const tensor = tensors[name];
  if (tensor?.data instanceof Float32Array && tensor.shape.length === 2)
    return {data: tensor.data, shape: tensor.shape};
  const known = Object.keys(tensors).join(', ');
  throw new SynoodError(
    'ERR_MODEL_FORMAT',
    `Expected a float32 tensor "${name}" of two dimensions in ${file}${tensor ? `, got shape [${tensor.shape.join(', ')}]` : `; it has ${known}`}.`,
  );
}

/** A safetensors file of "features" (N, D) and "labels" (N). */
export async function readLabelled(file: string): Promise<Labelled> {
  const {tensors} = await readSafetensors(file);
  const features = floats(tensors, 'features', file);
  const labels = tensors['labels'];
  if (!labels || labels.shape.length !== 1 || labels.shape[0] !== features.shape[0]) {
    throw new SynoodError(
      'ERR_SHAPE',
      `Expected "labels" (${features.shape[0]}) beside "features" [${features.shape.join(', ')}] in ${file}, got ${labels ? `[${labels.shape.join(', ')}]` : 'none'}.`,
    );
  }
  return {features, labels: Array.from(labels.data as ArrayLike<number | bigint>, Number)};
}

/** CLIP's features of images, from a bank where they are there already; what cannot be read is left out. */
export async function encodeLabelled(
  clip: Clip,
  images: readonly {path: string; label: number}[],
  bankFolder: string,
  {signal, onPrepare}: JobContext,
): Promise<Labelled & {leftOut: LeftOut[]}> {
  const encoder = await clipImageEncoder(clip);
  await using store = await (await FeatureBank.open(bankFolder)).store(encoder.space);
  const width = encoder.space.widths['image']!;
  const rows: Float32Array[] = [];
  const labels: number[] = [];
  const leftOut: LeftOut[] = [];
  let done = 0;
  const sources = images.map((item) => ({item, image: item.path}));
  const onFailed = ({path}: {path: string}, {message}: SynoodError) => {
    leftOut.push({what: path, reason: message});
  };
  for await (const {items, features} of encodeImages(encoder, sources, {store, signal, onFailed})) {
    rows.push(features['image']!.data);
    labels.push(...items.map(({label}) => label));
    onPrepare?.((done += items.length), images.length);
  }
  if (labels.length === 0)
    throw new SynoodError('ERR_IMAGE', `None of the ${images.length} images can be read.`);
  const data = new Float32Array(labels.length * width);
  let at = 0;
  for (const row of rows) {
    data.set(row, at);
    at += row.length;
  }
  return {features: {data, shape: [labels.length, width]}, labels, leftOut};
}
