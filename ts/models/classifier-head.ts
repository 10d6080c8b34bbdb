import {SynoodError} from '../binding/errors.js';
import {hashFile, hashJson} from '../data/files/canonical-hash.js';
import {modelFingerprint} from './model-fingerprint.js';
import type {SafetensorsEntry} from './weights/safetensors-format.js';
import {readSafetensorsHeader} from './weights/safetensors-header.js';
import type {WeightFile} from './weights/weight-files.js';

/** A linear layer of the user's own on a classifier's features: its logits in place of the classifier's. */
export interface ClassifierHead {
  /** safetensors */
  file: string;
  /** the weight's name, (K, F); without it the only tensor of two dimensions */
  logits?: string;
  /** the bias's name, (K); without it the weight's with "bias" in place of "weight" */
  bias?: string;
}

/** Tells whether a classifier's folder, or a head in place of its last layer, is still the same. */
export async function classifierFingerprint(folder: string, head?: ClassifierHead): Promise<string> {
  const own = await modelFingerprint(folder);
  return head ? hashJson({folder: own, head: {...head, file: await hashFile(head.file)}}) : own;
}

/** The last layer under the names of transformers' ResNet and ViT, torchvision and timm. */
const LAST_LAYER = /^(classifier\.1|classifier|fc|head\.fc|head)\.(weight|bias)$/;

function pick(
  entries: readonly SafetensorsEntry[],
  name: string | undefined,
  dimensions: number,
  what: string,
): SafetensorsEntry {
  const fitting = entries.filter(({shape}) => shape.length === dimensions);
  const found = name === undefined ? fitting : fitting.filter((entry) => entry.name === name);
  if (found.length === 1) return found[0]!;
  const wanted = name === undefined ? 'one tensor' : `a tensor '${name}'`;
  const there = entries.map((entry) => `${entry.name} (${entry.shape.join(', ')})`).join(', ');
  throw new SynoodError(
    'ERR_MODEL_FORMAT',
    `${what}: expected ${wanted} of ${dimensions} dimensions, there are: ${there || 'none'}. Name it.`,
  );
}

/**
 * A classifier's files with another last layer.
 *
 * @param features  F, what the classifier's last layer takes
 * @returns the files, and K
 * @throws SynoodError ERR_MODEL_FORMAT naming the file, what was expected and what there is; ERR_IO
 */
export async function withHead(
  files: readonly WeightFile[],
  head: ClassifierHead,
  features: number,
): Promise<{files: WeightFile[]; classes: number}> {
  const own = await readSafetensorsHeader(head.file);
  const weight = pick(own.entries, head.logits, 2, `${head.file}: logits`);
  const [classes, width] = weight.shape as [number, number];
  const biasName = head.bias ?? weight.name.replace(/weight$/, 'bias');
  const bias = pick(own.entries, biasName, 1, `${head.file}: bias`);
  if (width !== features || bias.shape[0] !== classes) {
    throw new SynoodError(
      'ERR_MODEL_FORMAT',
      `${head.file}: expected '${weight.name}' of (K, ${features}) and '${bias.name}' of (K), got (${weight.shape.join(', ')}) and (${bias.shape.join(', ')}). The classifier has ${features} features.`,
    );
  }
  const names = files
    .flatMap(({entries}) => entries.map(({name}) => name))
    .filter((name) => LAST_LAYER.test(name));
  const last = names.find((name) => name.endsWith('.weight'))?.replace(/\.weight$/, '') ?? 'classifier.1';
  const others = files.map((file) => ({
    ...file,
    entries: file.entries.filter(({name}) => !LAST_LAYER.test(name)),
  }));
  const entries = [
    {...weight, name: `${last}.weight`},
    {...bias, name: `${last}.bias`},
  ];
  return {files: [...others, {...own, entries}], classes};
}
