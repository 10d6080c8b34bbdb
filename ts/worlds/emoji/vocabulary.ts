import {readFileSync} from 'node:fs';
import {z} from 'zod';
import {emojiAsset} from './assets.js';
import {concepts} from './concepts.js';
import {contextConcepts, inDistribution} from './splits.js';

const file = z.object({nouns: z.array(z.string()), adjectives: z.array(z.string())});

/** Common words for things that Emoji World never draws, and adjectives: candidates that mining should sort out. */
export const otherWords = file.parse(JSON.parse(readFileSync(emojiAsset('words.json'), 'utf8')));

const nameOf = (index: number): string => concepts[index]!.name;
const inDistributionSet = new Set(inDistribution);

export const classNames: readonly string[] = inDistribution.map(nameOf);

/** Candidate negative nouns: every concept's name but the classes' own, then the nouns that are never drawn. */
export const negativeNouns: readonly string[] = [
  ...concepts.flatMap(({name}, index) => (inDistributionSet.has(index) ? [] : [name])),
  ...otherWords.nouns,
];

export const negativeAdjectives: readonly string[] = otherWords.adjectives;

/** The negative-label candidates as one list, nouns first. */
export const negativeVocabulary: readonly string[] = [...negativeNouns, ...negativeAdjectives];

/** What may lie around a subject. */
export const contextVocabulary: readonly string[] = contextConcepts.map(nameOf);
