import {isolated, markup, type Markup} from './escape.js';
import {csv, download} from './figure.js';
import {count, percent, score} from './format.js';
import {headlineVerdict, verdict} from './verdict.js';
import {leaderboard} from './leaderboard.js';
import {pairStrip} from './headline.js';
import {type ReportData, type RunFacts} from './report-data.js';

/** Whether a run is whole, in a word or two. */
export function stateOf({stages}: RunFacts): string {
  const bad = stages.filter(({state}) => state !== 'done');
  if (bad.length === 0) return 'finished';
  const damaged = bad.filter(({state}) => state === 'damaged').map(({name}) => name);
  if (damaged.length > 0) return `damaged: ${damaged.join(', ')}`;
  return `not done: ${bad.map(({name}) => name).join(', ')}`;
}

/** What is told of each run, row by row. */
export const runRows = (runs: readonly RunFacts[]): [name: string, values: string[]][] => [
  ['State', runs.map(stateOf)],
  ['Trained on', runs.map(({headline}) => headline.trainedOn)],
  ['Chosen images', runs.map(({headline}) => count(headline.images))],
  [
    'Synthetic images accepted',
    runs.map(({headline: {synthetic}}) => {
      const {accepted, made} = synthetic;
      return `${count(accepted)} of ${count(made)}${made > 0 ? ` (${percent(accepted / made, 1)} %)` : ''}`;
    }),
  ],
  [
    'Boundary and tolerance',
    runs.map(({headline: {synthetic}}) => `${score(synthetic.boundary)} ± ${score(synthetic.tolerance)}`),
  ],
  ['Negative labels', runs.map(({headline}) => count(headline.negativeLabels))],
  ['Seed', runs.map(({headline}) => headline.seed)],
  ['Command', runs.map(({headline}) => headline.command)],
];

/** The settings that differ, row by row. */
export const settingRows = (runs: readonly RunFacts[]): [name: string, values: string[]][] =>
  Object.keys(runs[0]?.differs ?? {}).map((key) => [key, runs.map(({differs}) => differs[key] ?? '')]);

function table(runs: readonly RunFacts[], rows: [string, string[]][], label: string): Markup {
  return markup`<div class="scroll" tabindex="0" role="region" aria-label="${label}"><table class="small states"><thead><tr><th scope="col">${label}</th>${runs.map(
    ({title}) => markup`<th scope="col">${isolated(title)}</th>`,
  )}</tr></thead><tbody>${rows.map(
    ([name, values]) =>
      markup`<tr><th scope="row">${isolated(name)}</th>${values.map((value) => markup`<td>${isolated(value)}</td>`)}</tr>`,
  )}</tbody></table></div>`;
}

/** Several runs side by side: what they are, what they found, where their settings differ. */
export async function comparisonSection(data: ReportData, runs: RunFacts[]): Promise<Markup> {
  const results =
    data.detectors.length > 0
      ? markup`${runs.length === 2 ? verdict(data) : ''}${leaderboard(data)}`
      : markup`<p class="empty">No detector was evaluated in these runs.</p>`;
  const settings = settingRows(runs);
  const rows = [...runRows(runs), ...settings];
  return markup`<section id="results" class="hero"><h2>${
    runs.length === 2 && data.detectors.length > 1
      ? markup`${headlineVerdict(data)}.`
      : `${count(runs.length)} runs side by side`
  }</h2>${await pairStrip(data)}${results}<h3>The runs</h3>${table(runs, runRows(runs), 'Run')}<h3>Settings that differ</h3>${
    settings.length > 0
      ? table(runs, settings, 'Setting')
      : markup`<p class="empty">The runs have the same configuration.</p>`
  }${download('runs.csv', csv([['', ...runs.map(({title}) => title)], ...rows.map(([name, values]) => [name, ...values])]))}</section>`;
}
