import type {BackgroundColour} from './background.js';
import {concepts} from './concepts.js';
import type {Random} from './random.js';

/** What a caption may tell of a scene; concepts by index. */
export interface CaptionFacts {
  subjects: readonly number[];
  contexts: readonly number[];
  background: BackgroundColour | undefined;
}

const nameOf = (index: number): string => concepts[index]!.name;

function withArticle(index: number): string {
  const {article, name} = concepts[index]!;
  return article ? `${article} ${name}` : name;
}

/** "bank", "bank and anchor", "bank, anchor and key" */
export function listOf(words: readonly string[]): string {
  return words.length < 2 ? words.join('') : `${words.slice(0, -1).join(', ')} and ${words.at(-1)}`;
}

// "a photo of a {}" takes any name as it is, article and all, because that is how CLIP's prompts are written.
const subjectTemplates: readonly ((subject: number) => string)[] = [
  (subject) => `a photo of a ${nameOf(subject)}`,
  (subject) => `a photo of ${withArticle(subject)}`,
  (subject) => `the nice ${nameOf(subject)}`,
  (subject) => `a nice ${nameOf(subject)}`,
  (subject) => withArticle(subject),
  (subject) => nameOf(subject),
];

const onBackground = (colour: BackgroundColour): string =>
  `on ${colour === 'orange' ? 'an' : 'a'} ${colour} background`;

const emptyScenes = ['an empty photo', 'a photo of nothing', 'an empty scene', 'a photo of a background'];

/** The prompt that makes an inpainting model put contexts in the subject's place; SynOOD's own wording. */
export const remainPrompt = (contexts: readonly string[]): string =>
  `A photo only remain ${listOf(contexts)}.`;

function mainPart(random: Random, {subjects, contexts}: CaptionFacts): string {
  const [first] = subjects;
  if (first !== undefined) {
    if (subjects.length > 1) return `a photo of ${listOf(subjects.map(withArticle))}`;
    return random.choice(subjectTemplates)(first);
  }
  if (contexts.length === 0) return random.choice(emptyScenes);
  const names = listOf(contexts.map(nameOf));
  return random.chance(0.5) ? `${random.choice(emptyScenes)} with ${names}` : `a photo with small ${names}`;
}

/**
 * A caption for a scene with a subject, or for an empty one. Contexts and the background's colour are
 * named sometimes: a caption that tells less must fit the picture too.
 */
export function captionOf(random: Random, facts: CaptionFacts): string {
  const {subjects, contexts, background} = facts;
  if (background && random.chance(0.06)) return `This is a ${background} photo`;
  const order = random.shuffle(contexts);
  const parts = [mainPart(random, {...facts, contexts: order})];
  if (subjects.length > 0 && order.length > 0 && random.chance(0.3)) {
    parts.push(`with ${listOf(order.map(nameOf))}`);
  }
  if (background && random.chance(0.2)) parts.push(onBackground(background));
  return parts.join(' ');
}

/** A caption for a scene in which what used to be contexts stands in the subject's place. */
export function remainCaption(random: Random, {subjects, background}: CaptionFacts): string {
  const prompt = remainPrompt(random.shuffle(subjects).map(nameOf));
  return background && random.chance(0.2) ? `${prompt.slice(0, -1)} ${onBackground(background)}.` : prompt;
}
