import {SynoodError} from '../binding/errors.js';

/** The names of classes that nobody named, as transformers writes them. */
export const anonymousLabels = (count: number): string[] =>
  Array.from({length: count}, (_, index) => `LABEL_${index}`);

/** The names of a config.json's classes, in the order of the logits. @throws SynoodError ERR_MODEL_FORMAT */
export function labelsOf(id2label: Record<string, string>, file: string): string[] {
  const count = Object.keys(id2label).length;
  return Array.from({length: count}, (_, index) => {
    const label = Object.hasOwn(id2label, String(index)) ? id2label[String(index)] : undefined;
    if (label === undefined) {
      throw new SynoodError(
        'ERR_MODEL_FORMAT',
        `${file}: id2label has ${count} labels but none for "${index}"; expected 0 to ${count - 1}.`,
      );
    }
    return label;
  });
}
