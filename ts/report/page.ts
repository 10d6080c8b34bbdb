import {createHash} from 'node:crypto';
import {embeddedJson, isolated, markup, type Markup, trusted} from './escape.js';
import {reportFigures} from './figures.js';
import {type ReportData} from './report-data.js';
import {script} from './script/script.js';
import {style} from './style/style.js';

/**
 * Nothing may be loaded, and no script but the page's own may run: even a fault in the escaping could not make a class
 * name do something.
 */
function contentSecurityPolicy(): string {
  const hash = createHash('sha256').update(script).digest('base64');
  return [
    "default-src 'none'",
    'img-src data:',
    "style-src 'unsafe-inline'",
    `script-src 'sha256-${hash}'`,
    "base-uri 'none'",
    "form-action 'none'",
  ].join('; ');
}

/** The figures in full precision, for programs that read the page. */
const embedded = (data: ReportData): Markup =>
  markup`<script type="application/json" id="report-data">${embeddedJson(reportFigures(data, {short: true}))}</script>`;

export interface Section {
  id: string;
  name: string;
  content: Markup;
}

/** The whole page. A section without content is left out, and so is its place in the navigation. */
export function page(data: ReportData, sections: Section[]): string {
  const present = sections.filter(({content}) => content.text !== '');
  return markup`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${contentSecurityPolicy()}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="referrer" content="no-referrer">
<title>${data.title} · synood</title>
<style>${trusted(style())}</style>
</head>
<body>
<header><div class="bar"><h1>${isolated(data.title)}</h1><button type="button" id="theme" hidden aria-label="Switch between light and dark">◐</button></div>
<nav aria-label="Sections">${present.map(({id, name}) => markup`<a href="#${id}">${name}</a>`)}</nav></header>
<main>${present.map(({content}) => content)}</main>
<footer>Made by synood. Everything on this page is in this one file.</footer>
${embedded(data)}
<script>${trusted(script)}</script>
</body>
</html>
`.text;
}
