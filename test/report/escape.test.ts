import test from 'ava';
import fc from 'fast-check';
import {embeddedJson, escapeHtml, isolated, markup, trusted} from '../../ts/report/escape.js';

const anyText = fc.oneof(
  fc.string({unit: 'binary'}),
  fc.string(),
  fc.constantFrom(
    '</script><script>x()</script>',
    '<!--',
    '"><img onerror=x>',
    "' onload='",
    '&amp;',
    '\ud800',
    '\u202e',
  ),
);

const ENTITIES: Record<string, string> = {
  '&amp;': '&',
  '&lt;': '<',
  '&gt;': '>',
  '&quot;': '"',
  '&#39;': "'",
};
const unescape = (html: string) => html.replace(/&(amp|lt|gt|quot|#39);/g, (entity) => ENTITIES[entity]!);

test('escaped text holds nothing that begins markup, and reads as it was', (t) => {
  fc.assert(
    fc.property(anyText, (text) => {
      const html = escapeHtml(text);
      t.notRegex(html, /[<>"']/);
      // eslint-disable-next-line no-control-regex
      const readable = text.toString().replace(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/g, '\ufffd');
      t.is(unescape(html), Buffer.from(readable).toString());
    }),
  );
  t.pass();
});

test('a template escapes whatever is put into it, in lists too, and keeps markup as it is', (t) => {
  fc.assert(
    fc.property(anyText, anyText, (a, b) => {
      const inner = markup`<i>${a}</i>`;
      t.is(
        markup`<p title="${b}">${[inner, b]}</p>`.text,
        `<p title="${escapeHtml(b)}"><i>${escapeHtml(a)}</i>${escapeHtml(b)}</p>`,
      );
    }),
  );
  t.is(markup`${null}${undefined}${false}${0}${''}`.text, '0');
  t.is(markup`${trusted('<b>')}`.text, '<b>');
  t.is(isolated('<\u202eabc').text, '<bdi>&lt;\u202eabc</bdi>');
});

test('an object that looks like markup is no markup', (t) => {
  const fake = {text: '<script>'} as unknown as string;
  t.false(markup`${fake}`.text.includes('<script>'));
});

test('embedded JSON reads as it was and cannot leave its element', (t) => {
  fc.assert(
    fc.property(fc.dictionary(anyText, anyText), (value) => {
      const json = embeddedJson(value).text;
      t.notRegex(json, /[<>&\u2028\u2029]/);
      t.deepEqual(JSON.parse(json), JSON.parse(JSON.stringify(value)));
    }),
  );
  t.is(embeddedJson({a: NaN}).text, '{"a":null}');
});
