/** "bank", "bank and anchor", "bank, anchor and key" */
export function listOf(words: readonly string[]): string {
  return words.length < 2 ? words.join('') : `${words.slice(0, -1).join(', ')} and ${words.at(-1)}`;
}

/**
 * The prompt of a sample: its contexts, cut to so many characters as published, in the template's place.
 *
 * @param template  with "{contexts}"
 */
export function contextPrompt(template: string, contexts: readonly string[], length: number): string {
  // A function, because "$&" in a context is no pattern.
  return template.replace('{contexts}', () => listOf(contexts).slice(0, length).trim());
}
