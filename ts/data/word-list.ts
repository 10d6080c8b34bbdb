import {readFile} from 'node:fs/promises';
import {messageOf, SynoodError} from '../binding/errors.js';

/** Words without doubles, and what was dropped. */
export interface WordList {
  words: string[];
  blanks: number;
  /** that differ from an earlier word by their case at most */
  duplicates: number;
}

/** "_" becomes a space; some words of published lists carry a stray bracket. */
const clean = (word: string): string =>
  word.replaceAll('_', ' ').replace(/[[\]]/g, '').replace(/\s+/g, ' ').trim();

/** Cleans words and drops blanks and doubles, whatever their case; the order is kept. */
export function wordList(words: readonly string[]): WordList {
  const found = new Map<string, string>();
  let blanks = 0;
  for (const word of words.map(clean)) {
    const key = word.toLowerCase();
    if (word === '') blanks++;
    else if (!found.has(key)) found.set(key, word);
  }
  return {words: [...found.values()], blanks, duplicates: words.length - blanks - found.size};
}

function plural(count: number, what: string): string[] {
  return count === 0 ? [] : [`${count} ${what}${count === 1 ? '' : 's'}`];
}

/** "2 duplicates and 1 blank line", to be told; undefined if every word is used. */
export function droppedWords({blanks, duplicates}: WordList, blank = 'blank line'): string | undefined {
  const reasons = [...plural(duplicates, 'duplicate'), ...plural(blanks, blank)];
  return reasons.length > 0 ? reasons.join(' and ') : undefined;
}

/**
 * One word a line, UTF-8.
 *
 * @throws SynoodError ERR_IO if the file cannot be read, ERR_CONFIG if it has no word
 */
export async function readWordList(path: string): Promise<WordList> {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (error) {
    throw new SynoodError('ERR_IO', `Cannot read the vocabulary ${path}: ${messageOf(error)}`, {
      cause: error,
    });
  }
  const lines = text.replace(/^\uFEFF/, '').split(/\r?\n/);
  if (lines.at(-1) === '') lines.pop();
  const list = wordList(lines);
  if (list.words.length === 0) {
    throw new SynoodError('ERR_CONFIG', `${path}: expected one word a line, found none.`);
  }
  return list;
}
