import {synsets} from './database.js';

const ARTICLE = /^(?:an?|the|some|one|two|three|several|many|few) /;

/** English plurals that follow the rules; enough to find "pandas" under "panda". */
function singulars(word: string): string[] {
  const forms = [word];
  if (/ies$/.test(word)) forms.push(word.replace(/ies$/, 'y'));
  if (/ves$/.test(word)) forms.push(word.replace(/ves$/, 'f'), word.replace(/ves$/, 'fe'));
  if (/(?:[sxz]|[cs]h)es$/.test(word)) forms.push(word.slice(0, -2));
  if (/men$/.test(word)) forms.push(word.replace(/men$/, 'man'));
  if (/[^s]s$/.test(word)) forms.push(word.slice(0, -1));
  return forms;
}

const plain = (text: string): string =>
  text
    .toLowerCase()
    .replace(/[^\p{L}\p{N}' -]+/gu, ' ')
    .replace(/[\s-]+/g, ' ')
    .trim()
    .replace(ARTICLE, '');

/** Which names mean the same thing. */
export class Synonyms {
  private constructor(private readonly byWord: ReadonlyMap<string, readonly string[][]>) {}

  /** Of WordNet's nouns. @throws SynoodError ERR_IO */
  static async load(): Promise<Synonyms> {
    const byWord = new Map<string, string[][]>();
    for (const {words} of await synsets('noun')) {
      const names = words.map(plain);
      for (const name of new Set(names)) {
        const known = byWord.get(name);
        if (known) known.push(names);
        else byWord.set(name, [names]);
      }
    }
    return new Synonyms(byWord);
  }

  /** A name and every word that shares a synset with it, in lower case. */
  of(name: string): Set<string> {
    const own = singulars(plain(name));
    const all = new Set(own);
    for (const form of own) {
      for (const words of this.byWord.get(form) ?? []) for (const word of words) all.add(word);
    }
    return all;
  }

  /**
   * Whether an element of a picture is its subject: a synonym of it, in the singular or plural, alone or as the noun that
   * a description ends with ("a young red panda" of "panda"; not "bus stop" of "bus").
   */
  isSubject(subject: string, element: string): boolean {
    return subjectTest(this.of(subject))(element);
  }
}

/** Whether an element is one of these names; see Synonyms.isSubject. */
export function subjectTest(names: ReadonlySet<string>): (element: string) => boolean {
  return (element) => {
    const words = plain(element).split(' ');
    return words.some((_, at) => singulars(words.slice(at).join(' ')).some((form) => names.has(form)));
  };
}
