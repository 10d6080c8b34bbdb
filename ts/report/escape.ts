/** Text that is markup already. Only `markup` and `trusted` make it, so a string from a file never becomes one. */
export class Markup {
  constructor(readonly text: string) {}
  toString(): string {
    return this.text;
  }
}

type Part = Markup | string | number | null | undefined | false | readonly Part[];

const ENTITIES: Record<string, string> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

/** Characters that HTML forbids: controls other than tab and newline, and halves of surrogate pairs. */
const FORBIDDEN =
  // eslint-disable-next-line no-control-regex
  /[\u0000-\u0008\u000b-\u001f\u007f-\u009f]|[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/g;

/** Text for an element's content or a quoted attribute. */
export function escapeHtml(text: string): string {
  return text.replace(FORBIDDEN, '\ufffd').replace(/[&<>"']/g, (character) => ENTITIES[character]!);
}

function render(part: Part): string {
  if (part instanceof Markup) return part.text;
  if (Array.isArray(part)) return part.map(render).join('');
  if (part === null || part === undefined || part === false) return '';
  return escapeHtml(String(part));
}

/** A template of markup: everything that is put into it is escaped, unless it is markup itself. */
export function markup(strings: TemplateStringsArray, ...parts: Part[]): Markup {
  return new Markup(strings.reduce((text, string, index) => text + render(parts[index - 1]) + string));
}

/** Markup that this package made itself: its style sheet, its script, a chart. */
export const trusted = (text: string): Markup => new Markup(text);

/** Text from a file inside a sentence: right-to-left text and direction marks end with it. */
export const isolated = (text: string): Markup => markup`<bdi>${text}</bdi>`;

/**
 * JSON for a `<script type="application/json">` element. No `<` is left in it, so neither `</script>` nor
 * `<!--` can end or change the element; numbers that JSON does not know become null.
 */
export function embeddedJson(value: unknown): Markup {
  const json = JSON.stringify(value) ?? 'null';
  return trusted(
    json.replace(
      /[<>&\u2028\u2029]/g,
      (character) => '\\u' + character.charCodeAt(0).toString(16).padStart(4, '0'),
    ),
  );
}
