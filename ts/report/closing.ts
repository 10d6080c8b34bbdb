import {isolated, markup, type Markup} from './escape.js';
import {download} from './figure.js';
import {type ReportData} from './report-data.js';

/** What the results are not about: bad files, absent sets, failures; and remarks. */
export function leftOutSection({leftOut, notes}: ReportData): Markup {
  const list =
    leftOut.length === 0
      ? markup`<p class="empty">Nothing was left out.</p>`
      : markup`<ul class="rows">${leftOut.map(
          ({what, reason}) => markup`<li><code>${isolated(what)}</code><span>${isolated(reason)}</span></li>`,
        )}</ul>`;
  const remarks =
    notes.length === 0
      ? ''
      : markup`<h3>Notes</h3><ul>${notes.map((note) => markup`<li>${isolated(note)}</li>`)}</ul>`;
  return markup`<section id="left-out"><h2>Left out</h2>${list}${remarks}</section>`;
}

/** Every setting, as run.json has them, to be seen and to be kept. */
function configurationOf({configuration}: ReportData): Markup | '' {
  if (configuration === undefined || configuration === null) return '';
  const text = `${JSON.stringify(configuration, null, 2)}\n`;
  return markup`<details><summary>Configuration</summary><pre><code>${text}</code></pre></details>${download('configuration.json', text, 'Configuration (JSON)', 'application/json')}`;
}

/** The command, the seed and the versions that make this run again. */
export function reproduceSection(data: ReportData): Markup {
  const {headline} = data;
  return markup`<section id="reproduce"><h2>How to make it again</h2><pre><code>${headline.command}</code></pre>
<dl class="facts wide"><div><dt>Seed</dt><dd>${isolated(headline.seed)}</dd></div>${Object.entries(
    headline.versions,
  ).map(
    ([name, version]) => markup`<div><dt>${isolated(name)}</dt><dd>${isolated(version)}</dd></div>`,
  )}</dl>${configurationOf(data)}</section>`;
}
