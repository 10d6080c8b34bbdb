import {dirname, resolve} from 'node:path';
import {z} from 'zod';
import type {NamedTensor, Tensor} from '../../binding/contract.js';
import {SynoodError} from '../../binding/errors.js';
import {checkJson} from '../../data/files/json-file.js';
import {readJsonl} from '../../data/files/jsonl.js';
import type {Tokenizer} from '../../models/tokenizer.js';
import type {LeftOut} from '../jobs/job.js';
import {labelledImages, readableName} from './labelled-images.js';
import {named} from './source.js';

const pairSchema = z
  .strictObject({
    image: z.string().min(1),
    caption: z.string().optional(),
    captions: z.array(z.string()).min(1).optional(),
  })
  .refine(({caption, captions}) => (caption === undefined) !== (captions === undefined), {
    message: 'expected either "caption" or "captions"',
  });

/** Images, each with one caption or more. */
export interface CaptionedImages {
  paths: string[];
  captions: string[][];
  leftOut: LeftOut[];
}

/** A JSONL file of {"image", "caption"} or {"image", "captions"}; paths are relative to it. */
async function readPairs(file: string): Promise<CaptionedImages> {
  const folder = dirname(file);
  const rows = (await readJsonl(file)).map((row, line) =>
    checkJson(pairSchema, row, `${file}, line ${line + 1}`, 'ERR_CONFIG'),
  );
  if (rows.length === 0) throw new SynoodError('ERR_CONFIG', `${file} has no pairs.`);
  return {
    paths: rows.map(({image}) => resolve(folder, image)),
    captions: rows.map(({caption, captions}) => captions ?? [caption!]),
    leftOut: [],
  };
}

/** A folder of classes, each image with every template filled in. */
async function describedImages(root: string, templates: readonly string[]): Promise<CaptionedImages> {
  const {items, leftOut} = await labelledImages(root);
  return {
    paths: items.map(({path}) => path),
    captions: items.map(({className}) =>
      templates.map((template) => template.replaceAll('{}', readableName(className))),
    ),
    leftOut,
  };
}

export function captionedImages(
  from: {pairs: string} | {images: string; templates: readonly string[]},
): Promise<CaptionedImages> {
  return 'pairs' in from ? readPairs(from.pairs) : describedImages(from.images, from.templates);
}

/** Rows of a tensor (N, ...). */
function take(ids: BigInt64Array, width: number, rows: readonly number[]): BigInt64Array {
  const data = new BigInt64Array(rows.length * width);
  rows.forEach((row, at) => data.set(ids.subarray(row * width, (row + 1) * width), at * width));
  return data;
}

/**
 * Captions as the core reads them, for chosen samples: `ids` (N, L), or `captions` (N, M, L) and `caption_counts` (N), of which
 * a step draws one. No longer than the longest, unless they are to be padded: the pooled token never sees what stands behind it.
 */
export function captionTensors(
  captions: readonly string[][],
  tokenizer: Tokenizer,
  pad = false,
): (rows: readonly number[]) => NamedTensor[] {
  const most = captions.reduce((longest, {length}) => Math.max(longest, length), 1);
  const filled = captions.flatMap((own) =>
    Array.from({length: most}, (_, at) => own[Math.min(at, own.length - 1)]!),
  );
  const {ids, shape} = tokenizer.encode(filled, {pad});
  const length = shape[1];
  return (rows) => {
    const data = take(ids, most * length, rows);
    if (most === 1) return named({ids: {data, shape: [rows.length, length]}});
    const counts: Tensor = {
      data: BigInt64Array.from(rows, (row) => BigInt(captions[row]!.length)),
      shape: [rows.length],
    };
    return named({captions: {data, shape: [rows.length, most, length]}, caption_counts: counts});
  };
}
