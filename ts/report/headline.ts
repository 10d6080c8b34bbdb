import {baselineOf, meanDifference, resultOf} from './comparison.js';
import {isolated, markup, type Markup} from './escape.js';
import {count, counted, percent, points, pointsInterval, score} from './format.js';
import {leaderboard} from './leaderboard.js';
import {type GallerySample, type ReportData} from './report-data.js';
import {smallPictures} from './thumbnails.js';
import {headlineVerdict, verdict} from './verdict.js';

/** Pairs at the top of the page: a synthesis run is pictures. */
const SHOWN_PAIRS = 8;

function tile(value: Markup | string, name: Markup | string, detail: Markup | string = ''): Markup {
  return markup`<div class="tile"><dt>${name}</dt><dd><b>${value}</b>${detail ? markup`<small>${detail}</small>` : ''}</dd></div>`;
}

function tiles(data: ReportData): Markup {
  const {synthetic, negativeLabels} = data.headline;
  const result = resultOf(data);
  const baseline = baselineOf(data);
  const difference = result && meanDifference(result, baseline);
  const against = (measure: 'auroc' | 'fpr95') => {
    const value = difference?.[measure];
    const interval = result?.mean.difference?.[measure];
    if (value === undefined) return '';
    return markup`${points(value, 1)} points against ${isolated(baseline!.title)}${interval ? ` (${pointsInterval(interval, 1)})` : ''}`;
  };
  return markup`<dl class="tiles">${
    result
      ? [
          tile(markup`${percent(result.mean.auroc, 1)}<i>%</i>`, 'Mean AUROC ↑', against('auroc')),
          tile(markup`${percent(result.mean.fpr95, 1)}<i>%</i>`, 'Mean FPR95 ↓', against('fpr95')),
        ]
      : ''
  }${tile(
    markup`${count(synthetic.accepted)}<i>of ${count(synthetic.made)}</i>`,
    'Synthetic images accepted',
    synthetic.made > 0
      ? markup`${percent(synthetic.accepted / synthetic.made, 0)} % within ${score(synthetic.tolerance)} of the boundary ${score(synthetic.boundary)} (${isolated(synthetic.score)})`
      : '',
  )}${tile(count(negativeLabels), 'Negative labels')}</dl>`;
}

function classes(names: string[]): Markup {
  if (names.length === 0) return markup``;
  const chips = (some: string[]) => some.map((name) => markup`<li>${isolated(name)}</li>`);
  return markup`<details class="classes"><summary>${counted(names.length, 'class', 'classes')}</summary><ul class="chips" aria-label="Classes">${chips(names)}</ul></details>`;
}

/** The nearest to the boundary of each class, one after the other. */
function shownPairs({gallery, headline}: ReportData): GallerySample[] {
  const {boundary} = headline.synthetic;
  const distance = ({trajectory, target}: GallerySample) =>
    Math.abs((trajectory.at(-1) ?? NaN) - (target?.boundary ?? boundary));
  const nearest = new Map<string, GallerySample>();
  for (const sample of gallery) {
    if (!sample.accepted || !sample.before || !sample.after) continue;
    const best = nearest.get(sample.className);
    if (!best || distance(sample) < distance(best)) nearest.set(sample.className, sample);
  }
  return [...nearest.values()].sort((a, b) => distance(a) - distance(b)).slice(0, SHOWN_PAIRS);
}

/** A few images beside what became of them, as an invitation to the gallery. */
export async function pairStrip(data: ReportData): Promise<Markup> {
  const samples = shownPairs(data);
  if (samples.length === 0) return markup``;
  const before = await smallPictures(samples.map((sample) => sample.before));
  const after = await smallPictures(samples.map((sample) => sample.after));
  const pairs = samples.flatMap((sample, index) =>
    before[index] && after[index]
      ? [
          markup`<li><img src="${before[index]}" alt="Before: ${sample.className}"><img src="${after[index]}" alt="After: ${sample.prompt}"><span>${isolated(sample.className)}</span></li>`,
        ]
      : [],
  );
  if (pairs.length === 0) return markup``;
  return markup`<figure class="strip"><ul tabindex="0" aria-label="Images before and after the search">${pairs}</ul><figcaption>Images on the left, on the right what the search made of them at the boundary. <a href="#gallery">All ${count(
    data.gallery.length,
  )} in the gallery</a></figcaption></figure>`;
}

/** What was trained on what, and what came of it. */
export async function headlineSection(data: ReportData): Promise<Markup> {
  const {trainedOn, classes: names, images, synthetic} = data.headline;
  const results =
    data.detectors.length > 0
      ? markup`${verdict(data)}${leaderboard(data)}`
      : markup`<p class="empty">No detector was evaluated in this run, so there is nothing to compare.</p>`;
  const left =
    data.leftOut.length > 0
      ? markup` <a href="#left-out">${counted(data.leftOut.length, 'thing was', 'things were')} left out.</a>`
      : '';
  return markup`<section id="results" class="hero"><h2>${headlineVerdict(data)}.</h2>
<p class="lead">Trained on ${isolated(trainedOn)}: ${counted(images, 'image')} in ${counted(
    names.length,
    'class',
    'classes',
  )}, with ${counted(synthetic.accepted, 'synthetic image')} near the boundary.${left}</p>
${tiles(data)}${await pairStrip(data)}${results}${classes(names)}</section>`;
}
