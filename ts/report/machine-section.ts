import {isolated, markup, type Markup} from './escape.js';
import {csv, download} from './figure.js';
import {bytes, duration} from './format.js';
import {type ReportData} from './report-data.js';

/** Where the run was made, and what each stage took. */
export function machineSection({machine}: ReportData): Markup {
  if (!machine) return markup``;
  const {facts, stages} = machine;
  const total = stages.reduce((sum, {seconds}) => sum + seconds, 0);
  const longest = Math.max(0, ...stages.map(({seconds}) => seconds));
  const rows = stages.map(
    ({name, seconds, peakMemory}) =>
      markup`<tr><th scope="row">${isolated(name)}</th><td class="share"><span style="--share:${(seconds / (longest || 1)).toFixed(3)}"></span></td><td>${duration(seconds)}</td><td>${
        peakMemory === undefined ? '–' : bytes(peakMemory)
      }</td></tr>`,
  );
  const table = markup`<div class="scroll" tabindex="0" role="region" aria-label="Time and memory"><table class="small"><caption>Time of each stage, and the most memory that the process had until its end.</caption><thead><tr><th scope="col">Stage</th><td></td><th scope="col">Time</th><th scope="col">Peak memory</th></tr></thead><tbody>${rows}</tbody><tfoot><tr><th scope="row">All</th><td></td><td>${duration(total)}</td><td></td></tr></tfoot></table></div>`;
  const data = csv([
    ['stage', 'seconds', 'peak_memory_bytes'],
    ...stages.map(({name, seconds, peakMemory}) => [name, seconds, peakMemory ?? '']),
  ]);
  return markup`<section id="machine"><h2>Machine, time and memory</h2><dl class="facts wide">${Object.entries(
    facts,
  ).map(
    ([name, value]) => markup`<div><dt>${isolated(name)}</dt><dd>${isolated(value)}</dd></div>`,
  )}</dl>${stages.length > 0 ? markup`${table}${download('stages.csv', data)}` : ''}</section>`;
}
