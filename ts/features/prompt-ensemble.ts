import type {FloatTensor} from '../binding/contract.js';
import {SynoodError} from '../binding/errors.js';
import type {Clip} from '../models/clip.js';
import {encodeTexts, type EncodeTextsOptions} from './encode-texts.js';

/** @throws SynoodError ERR_VALUE if a template has no place for the label */
function checkTemplates(templates: readonly string[]): void {
  const wrong = templates.find((template) => !template.includes('{}'));
  if (templates.length > 0 && wrong === undefined) return;
  throw new SynoodError(
    'ERR_VALUE',
    `Expected templates with "{}", such as "a photo of a {}", got ${JSON.stringify(wrong ?? [])}.`,
  );
}

/**
 * Labels' text features over an ensemble of prompts: of each label the mean of its prompts' features, each of unit length (Radford et
 * al., 2021, section 3.1.4).
 *
 * @param templates  each with "{}"; one gives the feature of that prompt, brought to unit length
 * @returns (C, D) of unit length
 * @throws SynoodError ERR_VALUE if there is no label, or a template has no "{}"
 */
export async function encodeLabels(
  clip: Clip,
  labels: readonly string[],
  templates: readonly string[] = ['a photo of a {}'],
  options: EncodeTextsOptions = {},
): Promise<FloatTensor> {
  checkTemplates(templates);
  if (labels.length === 0) throw new SynoodError('ERR_VALUE', 'Expected at least one label, got none.');
  const prompts = labels.flatMap((label) => templates.map((template) => template.replace('{}', () => label)));
  const {data, shape} = await encodeTexts(clip, prompts, options);
  const width = shape[1]!;
  const result = {data: new Float32Array(labels.length * width), shape: [labels.length, width]};
  labels.forEach((_, label) => {
    const mean = result.data.subarray(label * width, (label + 1) * width);
    for (let prompt = label * templates.length; prompt < (label + 1) * templates.length; prompt++) {
      addUnit(mean, data.subarray(prompt * width, (prompt + 1) * width));
    }
    const length = Math.hypot(...mean) || 1;
    for (let at = 0; at < width; at++) mean[at]! /= length;
  });
  return result;
}

function addUnit(sum: Float32Array, row: Float32Array): void {
  const length = Math.hypot(...row) || 1;
  for (let at = 0; at < row.length; at++) sum[at]! += row[at]! / length;
}
