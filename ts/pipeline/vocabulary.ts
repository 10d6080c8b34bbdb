import {readFile} from 'node:fs/promises';
import {messageOf, SynoodError} from '../binding/errors.js';
import {contextVocabulary, negativeAdjectives, negativeNouns} from '../worlds/emoji/vocabulary.js';
import type {DataConfig} from './config/schema.js';

/** Candidates for negative labels, and words for contextual elements. Sorted never: the file's order is kept. */
export interface Vocabulary {
  nouns: string[];
  adjectives: string[];
  contexts: string[];
}

/** WordNet's underscores become spaces; some words of published lists carry a stray bracket. */
const clean = (word: string): string =>
  word.replaceAll('_', ' ').replace(/[[\]]/g, '').replace(/\s+/g, ' ').trim();

/** Cleaned words without doubles, whatever their case. */
export function cleanWords(words: readonly string[]): string[] {
  const found = new Map<string, string>();
  for (const word of words.map(clean)) {
    const key = word.toLowerCase();
    if (word !== '' && !found.has(key)) found.set(key, word);
  }
  return [...found.values()];
}

async function readWords(path: string): Promise<string[]> {
  try {
    return cleanWords((await readFile(path, 'utf8')).replace(/^\uFEFF/, '').split(/\r?\n/));
  } catch (error) {
    throw new SynoodError('ERR_IO', `Cannot read the vocabulary ${path}: ${messageOf(error)}`, {
      cause: error,
    });
  }
}

/** The words that a configuration names; without files the embedded ones. @throws SynoodError ERR_IO, ERR_CONFIG */
export async function readVocabulary(data: DataConfig): Promise<Vocabulary> {
  const embedded = data.vocabulary === undefined;
  const nouns = data.vocabulary === undefined ? cleanWords(negativeNouns) : await readWords(data.vocabulary);
  if (nouns.length === 0) {
    throw new SynoodError('ERR_CONFIG', `${data.vocabulary}: expected one word a line, found none.`);
  }
  const adjectives =
    data.adjectives === undefined
      ? embedded
        ? cleanWords(negativeAdjectives)
        : []
      : await readWords(data.adjectives);
  const contexts =
    data.contextVocabulary === undefined
      ? embedded
        ? cleanWords(contextVocabulary)
        : nouns
      : await readWords(data.contextVocabulary);
  return {nouns, adjectives, contexts};
}
