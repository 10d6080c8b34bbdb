import type {SynthesisItem} from '../binding/contract.js';
import type {Clip} from '../models/clip.js';
import type {Inpainter} from '../models/inpainter.js';

function tokens({tokenizer}: Clip, text: string): SynthesisItem['ids'] {
  const {ids, shape} = tokenizer.encode([text]);
  return {data: ids, shape: [shape[1]]};
}

/**
 * A sample's prompts as the inpainter's text encoders read them, each to its own length.
 *
 * @param negative  none or empty: the empty text, or zeros where Stable Diffusion XL's folder asks for them
 */
export function promptIds(
  {textEncoder, textEncoder2, forceZerosForEmptyPrompt}: Inpainter,
  prompt: string,
  negative: string | undefined,
): Pick<SynthesisItem, 'ids' | 'negativeIds' | 'ids2' | 'negativeIds2' | 'zeroNegative'> {
  const first = {ids: tokens(textEncoder, prompt), negativeIds: tokens(textEncoder, negative ?? '')};
  if (!textEncoder2) return first;
  return {
    ...first,
    ids2: tokens(textEncoder2, prompt),
    negativeIds2: tokens(textEncoder2, negative ?? ''),
    zeroNegative: !negative && forceZerosForEmptyPrompt,
  };
}
