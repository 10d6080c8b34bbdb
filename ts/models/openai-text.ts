import {decodeHTML} from 'entities';

/** Digraphs and ligatures that only fonts need. */
const LIGATURES: Record<string, string> = {
  Ĳ: 'IJ',
  ĳ: 'ij',
  ŉ: 'ʼn',
  Ǳ: 'DZ',
  ǲ: 'Dz',
  ǳ: 'dz',
  Ǆ: 'DŽ',
  ǅ: 'Dž',
  ǆ: 'dž',
  Ǉ: 'LJ',
  ǈ: 'Lj',
  ǉ: 'lj',
  Ǌ: 'NJ',
  ǋ: 'Nj',
  ǌ: 'nj',
  ﬀ: 'ff',
  ﬁ: 'fi',
  ﬂ: 'fl',
  ﬃ: 'ffi',
  ﬄ: 'ffl',
  ﬅ: 'ſt',
  ﬆ: 'st',
};
const LIGATURE = new RegExp(`[${Object.keys(LIGATURES).join('')}]`, 'g');

/** What Windows-1252 has from 0x80 to 0x9f; five places it leaves open. (Node's decoder of that name is Latin-1 in some versions.) */
const WINDOWS_1252 = '€\u0081‚ƒ„…†‡ˆ‰Š‹Œ\u008dŽ\u008f\u0090‘’“”•–—˜™š›œ\u009džŸ';
const fromC1 = (control: string): string => WINDOWS_1252[control.charCodeAt(0) - 0x80]!;

/** "&eacute;", and "&EACUTE;", which HTML does not know, as the capital letter. */
function decodeNamed(entity: string): string {
  const decoded = decodeHTML(entity);
  if (decoded !== entity || entity !== entity.toUpperCase()) return decoded;
  const lower = entity.toLowerCase();
  const small = decodeHTML(lower);
  return small === lower ? entity : small.toUpperCase();
}

// eslint-disable-next-line no-control-regex
const CONTROLS = /[\u0000-\u0008\u000b\u000e-\u001f\u007f\u206a-\u206f\ufeff\ufff9-\ufffc]/g;
// eslint-disable-next-line no-control-regex
const TERMINAL_CODES = /\u001b\[[\d;]*[a-zA-Z]/g;

function fixOnce(text: string, unescape: boolean): string {
  // Named with a semicolon only: what leaves it out is decoded by html.unescape, afterwards.
  const unescaped = unescape ? text.replace(/&#?[0-9A-Za-z]{1,24};/g, decodeNamed) : text;
  return unescaped
    .replace(/[\u0080-\u009f]/g, fromC1)
    .replace(LIGATURE, (one) => LIGATURES[one]!)
    .replace(/[\u3000\uff01-\uffef]/g, (one) => (one === '\u3000' ? ' ' : one.normalize('NFKC')))
    .replace(/[\u201c-\u201f]/g, '"')
    .replace(/[\u02bc\u2018-\u201b]/g, "'")
    .replace(/\r\n|[\r\u2028\u2029\u0085]/g, '\n')
    .replace(/\p{Surrogate}/gu, '\ufffd')
    .replace(TERMINAL_CODES, '')
    .replace(CONTROLS, '')
    .normalize('NFC');
}

/**
 * Text as OpenAI's and OpenCLIP's tokenizers clean it: ftfy's repairs, HTML entities decoded twice more, white space collapsed,
 * lower case. Of ftfy's repairs one is not done: the guess that a text was decoded by the wrong encoding ("sÃ³" for "só").
 *
 * @see ftfy 6.3, fix_text with its default configuration
 */
export function cleanOpenAiText(text: string): string {
  // ftfy takes a text with "<" for HTML that is meant as such.
  const unescape = !text.includes('<');
  let fixed = fixOnce(text, unescape);
  for (let before = text; before !== fixed;) {
    before = fixed;
    fixed = fixOnce(fixed, unescape);
  }
  return decodeHTML(decodeHTML(fixed)).trim().split(/\s+/).join(' ').toLowerCase();
}
