import type {Tokenizer} from '../models/tokenizer.js';

/** Longer than any prompt; the tokenizer then cuts nothing off. */
const WHOLE = 1 << 20;

function cutOff(tokenizer: Tokenizer, prompt: string): {length: number; read: number} | undefined {
  const length = tokenizer.encode([prompt], {maxLength: WHOLE, pad: false}).shape[1];
  const read = tokenizer.maxLength;
  return length > read ? {length, read} : undefined;
}

/**
 * One sentence for each text that a text model does not read to its end.
 *
 * @param tokenizers  one for each text model; Stable Diffusion XL has two, which may count differently
 */
export function promptWarnings(tokenizers: readonly Tokenizer[], prompts: Record<string, string>): string[] {
  const warnings = new Set<string>();
  for (const [name, prompt] of Object.entries(prompts)) {
    const cuts = tokenizers.map((tokenizer) => cutOff(tokenizer, prompt));
    const same = cuts.every((cut) => cut?.length === cuts[0]?.length && cut?.read === cuts[0]?.read);
    cuts.forEach((cut, place) => {
      if (!cut) return;
      const model = same ? 'the text model' : `text model ${place + 1} of ${cuts.length}`;
      warnings.add(
        `The ${name} has ${cut.length} tokens, begin and end included; ${model} reads ${cut.read}, so the last ${cut.length - cut.read} before the end were cut off.`,
      );
    });
  }
  return [...warnings];
}
