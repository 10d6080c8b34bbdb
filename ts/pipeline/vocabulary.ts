import {droppedWords, readWordList, wordList} from '../data/word-list.js';
import {wordnetCandidates} from '../wordnet/candidates.js';
import {contextVocabulary, negativeAdjectives, negativeNouns} from '../worlds/emoji/vocabulary.js';
import {type DataConfig, WORDNET} from './config/schema.js';
import type {LeftOut} from './left-out.js';

/** Candidates for negative labels, and words for contextual elements. Sorted never: the file's order is kept. */
export interface Vocabulary {
  nouns: string[];
  adjectives: string[];
  contexts: string[];
  /** lines of word lists that are not used */
  dropped: LeftOut[];
}

/** The words that a configuration names; without files the embedded ones. @throws SynoodError ERR_IO, ERR_CONFIG */
export async function readVocabulary(data: DataConfig): Promise<Vocabulary> {
  const dropped: LeftOut[] = [];
  const fromFile = async (path: string): Promise<string[]> => {
    const read = await readWordList(path);
    const reason = droppedWords(read);
    if (reason !== undefined) dropped.push({what: `vocabulary: ${path}`, reason: `has ${reason}`});
    return read.words;
  };
  const list = async (
    path: string | undefined,
    otherwise: readonly string[],
    kind: 'nouns' | 'adjectives',
  ) => {
    if (path === WORDNET) return (await wordnetCandidates())[kind];
    return path === undefined ? wordList(otherwise).words : fromFile(path);
  };
  const embedded = data.vocabulary === undefined;
  const nouns = await list(data.vocabulary, negativeNouns, 'nouns');
  const adjectivesPath = data.adjectives ?? (data.vocabulary === WORDNET ? WORDNET : undefined);
  const adjectives = await list(adjectivesPath, embedded ? negativeAdjectives : [], 'adjectives');
  const contexts = await list(data.contextVocabulary, embedded ? contextVocabulary : nouns, 'nouns');
  return {nouns, adjectives, contexts, dropped};
}
