import {isolated, markup, type Markup} from './escape.js';
import {count, counted, score} from './format.js';
import {type GallerySample, type ReportData} from './report-data.js';
import {sparkline} from './sparkline.js';
import {type Thumbnails, thumbnails} from './thumbnails.js';

/** More than this is no gallery but the run's own folder. */
const LIMIT = 200;

/** How far from the boundary a sample ended; Infinity where it has no score. */
export function distanceOf(sample: GallerySample, boundary: number): number {
  const last = sample.trajectory.at(-1);
  return last === undefined || !Number.isFinite(last) ? Infinity : Math.abs(last - boundary);
}

function picture(address: string | null, alt: string): Markup {
  return address
    ? markup`<img src="${address}" alt="${alt}" decoding="async">`
    : markup`<span class="missing">not readable</span>`;
}

function facts(sample: GallerySample, distance: number, {failures}: Thumbnails): Markup {
  const {trajectory} = sample;
  const rows: [string, Markup | string][] = [
    ['Prompt', isolated(sample.prompt)],
    [
      'Contexts',
      markup`${sample.contexts.map((name, index) => markup`${index > 0 ? ', ' : ''}${isolated(name)}`)}`,
    ],
    ['Negative label', sample.negativeLabel === undefined ? '' : isolated(sample.negativeLabel)],
    [
      'Score',
      trajectory.length > 0
        ? `${score(trajectory[0])} → ${score(trajectory.at(-1))}, ${counted(trajectory.length, 'value')}`
        : '',
    ],
    ['Distance', Number.isFinite(distance) ? `${score(distance)} from the boundary` : ''],
    [sample.accepted ? 'Accepted' : 'Rejected', isolated(sample.reason)],
    ['Seed', isolated(sample.seed)],
    ['Sample', isolated(sample.id)],
    ['Not readable', isolated(failures.join('; '))],
  ];
  return markup`<dl class="facts">${rows
    .filter(([, value]) => value !== '' && String(value) !== '<bdi></bdi>')
    .map(([name, value]) => markup`<div><dt>${name}</dt><dd>${value}</dd></div>`)}</dl>`;
}

function card(sample: GallerySample, images: Thumbnails, index: number, data: ReportData): Markup {
  const {boundary, tolerance} = data.headline.synthetic;
  const distance = distanceOf(sample, boundary);
  const state = sample.accepted ? 'accepted' : 'rejected';
  return markup`<li class="card" data-index="${index}" data-class="${sample.className}" data-state="${state}" data-distance="${
    Number.isFinite(distance) ? distance : ''
  }"><div class="pair"><figure>${picture(images.before, `Before: ${sample.className}`)}<figcaption>before</figcaption></figure><figure>${picture(
    images.after,
    `After: ${sample.prompt}`,
  )}<figcaption>after</figcaption></figure></div>${
    images.iterations.length > 0
      ? markup`<div class="steps" role="group" aria-label="Iterations between">${images.iterations.map(
          (step, place) => picture(step, `Iteration image ${place + 1} of ${images.iterations.length}`),
        )}</div>`
      : ''
  }<p class="head"><b>${isolated(sample.className)}</b> <span class="badge ${state}">${state}</span></p>${sparkline(
    sample.trajectory,
    boundary,
    tolerance,
  )}<details><summary>${isolated(sample.prompt || 'Details')}</summary>${facts(sample, distance, images)}</details></li>`;
}

function controls(samples: readonly GallerySample[]): Markup {
  const names = [...new Set(samples.map(({className}) => className))].sort();
  return markup`<form class="controls" id="gallery-controls" hidden>
<label>Class <select name="class"><option value="">all</option>${names.map(
    (name) => markup`<option value="${name}">${name}</option>`,
  )}</select></label>
<label>State <select name="state"><option value="">all</option><option value="accepted">accepted</option><option value="rejected">rejected</option></select></label>
<label>Order <select name="order"><option value="index">as made</option><option value="near">nearest to the boundary</option><option value="far">farthest from it</option></select></label>
<output id="gallery-count" aria-live="polite"></output></form>`;
}

const dialog = markup`<dialog id="viewer" aria-label="Sample"><div class="viewer-bar"><button type="button" data-step="-1" aria-label="Previous sample">←</button><span id="viewer-place"></span><button type="button" data-step="1" aria-label="Next sample">→</button><button type="button" data-close aria-label="Close">✕</button></div><div id="viewer-body"></div></dialog>`;

/** A card's place before its images are made. */
const NO_IMAGES: Thumbnails = {before: null, after: null, iterations: [], failures: []};

/**
 * The synthetic images beside what they were made from.
 *
 * @param room  characters that the section may take; its images are made as small as that needs
 */
export async function gallerySection(data: ReportData, room: number): Promise<Markup> {
  const samples = data.gallery.slice(0, LIMIT);
  if (samples.length === 0) {
    return markup`<section id="gallery"><h2>Gallery</h2><p class="empty">This run has no synthetic images.</p></section>`;
  }
  const cards = (images: readonly Thumbnails[]) =>
    samples.map((sample, index) => card(sample, images[index] ?? NO_IMAGES, index, data));
  const words = markup`${cards([])}`.text.length;
  const images = await thumbnails(samples, room - words);
  const accepted = samples.filter((sample) => sample.accepted).length;
  const more = data.gallery.length - samples.length;
  return markup`<section id="gallery"><h2>Gallery</h2>
<p>${counted(samples.length, 'sample')}, ${count(accepted)} accepted. The curve is the score's way through the search; the band is the boundary with its tolerance.${
    more > 0 ? ` ${count(more)} more are in the run's folder only.` : ''
  }<span class="script-only"> Open a picture for a larger view; the arrow keys go on from there.</span></p>
${controls(samples)}<ul class="cards" id="cards">${cards(images)}</ul><p class="script-only"><button type="button" id="gallery-more" hidden>Show more</button></p>${dialog}</section>`;
}
