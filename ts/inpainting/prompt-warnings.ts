import type {Tokenizer} from '../models/tokenizer.js';

/** Longer than any prompt; the tokenizer then cuts nothing off. */
const WHOLE = 1 << 20;

/** One sentence for each text that the text model does not read to its end. */
export function promptWarnings(tokenizer: Tokenizer, prompts: Record<string, string>): string[] {
  const warnings: string[] = [];
  for (const [name, prompt] of Object.entries(prompts)) {
    const length = tokenizer.encode([prompt], {maxLength: WHOLE, pad: false}).shape[1];
    if (length <= tokenizer.maxLength) continue;
    const lost = length - tokenizer.maxLength;
    warnings.push(
      `The ${name} has ${length} tokens, begin and end included; the text model reads ${tokenizer.maxLength}, so the last ${lost} before the end were cut off.`,
    );
  }
  return warnings;
}
