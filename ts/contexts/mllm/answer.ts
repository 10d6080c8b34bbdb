import {z} from 'zod';

const object = z.looseObject({elements: z.array(z.string())});
const list = z.array(z.string());

/** Longer than this is a sentence, not an element. */
const LONGEST = 60;

/** As many as any image needs; a model that repeats itself without end is cut here. */
const MOST = 32;

const clean = (element: string): string =>
  element
    .replace(/\p{Cc}+/gu, ' ')
    .replace(/^\s*(?:[-*•·]|\(?\d+[.)])\s*/, '')
    .replace(/^["'`*\s]+|["'`*.;:\s]+$/g, '')
    .replace(/\s+/g, ' ')
    .trim();

/** Elements in their order, cleaned, without doubles, sentences and blanks. */
function tidy(elements: readonly string[]): string[] {
  const found = new Map<string, string>();
  for (const element of elements.map(clean)) {
    const key = element.toLowerCase();
    if (element === '' || element.length > LONGEST || found.has(key)) continue;
    found.set(key, element);
  }
  return [...found.values()].slice(0, MOST);
}

/** JSON that stands alone, in a fence, or amid other words. */
function jsonIn(text: string): unknown[] {
  const fenced = [...text.matchAll(/```(?:json)?\s*([\s\S]*?)```/g)].map((match) => match[1]!);
  const braces = /\{[\s\S]*\}/.exec(text)?.[0];
  const brackets = /\[[\s\S]*\]/.exec(text)?.[0];
  return [text, ...fenced, braces, brackets].flatMap((part) => {
    if (part === undefined) return [];
    try {
      return [JSON.parse(part) as unknown];
    } catch {
      return [];
    }
  });
}

/** Whether a text is meant as JSON and failed at it. */
const looksLikeJson = (text: string): boolean => /^\s*(?:```|[[{])/.test(text);

/**
 * The elements in a model's answer.
 *
 * @param plain  an answer in words, separated by commas or lines, is accepted too
 * @returns undefined if the answer has no such form
 */
export function parseElements(text: string, plain: boolean): string[] | undefined {
  for (const json of jsonIn(text)) {
    const asObject = object.safeParse(json);
    if (asObject.success) return tidy(asObject.data.elements);
    const asList = list.safeParse(json);
    if (asList.success) return tidy(asList.data);
  }
  if (!plain || text.trim() === '' || looksLikeJson(text)) return undefined;
  // A line that introduces the list is none of it.
  const elements = tidy(text.replace(/^[^\n:]{0,80}:\s*/, '').split(/[\n,;]+/));
  return elements.length > 0 ? elements : undefined;
}
