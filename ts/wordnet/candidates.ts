import {wordList} from '../data/word-list.js';
import {synsets} from './database.js';

/** noun.animal and noun.food: most in-distribution classes of published benchmarks are among them. */
const LEFT_OUT = new Set([5, 13]);

/** Candidates for negative labels. */
export interface Candidates {
  nouns: string[];
  /** without those that are nouns too */
  adjectives: string[];
}

/**
 * The corpus of NegLabel (Jiang et al., 2024) from WordNet 3.1: nouns of all lexicographer files but animal and food, and
 * every adjective (adj.all, adj.pert, adj.ppl), cleaned, without doubles.
 *
 * @param which  `first`, the word that leads each synset, gives the published list, about 70,000; `all` takes every synonym
 */
export async function wordnetCandidates(which: 'first' | 'all' = 'first'): Promise<Candidates> {
  const take = (words: string[]) => (which === 'first' ? words.slice(0, 1) : words);
  const nouns = (await synsets('noun')).filter(({lexicographerFile}) => !LEFT_OUT.has(lexicographerFile));
  const adjectives = await synsets('adj');
  const {words} = wordList(nouns.flatMap(({words}) => take(words)));
  const known = new Set(words.map((word) => word.toLowerCase()));
  const others = wordList(adjectives.flatMap(({words}) => take(words))).words;
  return {nouns: words, adjectives: others.filter((word) => !known.has(word.toLowerCase()))};
}
