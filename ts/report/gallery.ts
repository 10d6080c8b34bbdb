import {isolated, markup, type Markup} from './escape.js';
import {count, counted, score} from './format.js';
import {type GallerySample, type ReportData} from './report-data.js';
import {sparkline} from './sparkline.js';
import {type Thumbnails, thumbnails} from './thumbnails.js';

/** Samples with pictures, of those that have them: the page would be too large with more. */
const PICTURED = 200;

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
  const {boundary, tolerance} = sample.target ?? data.headline.synthetic;
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
  }<p class="head"><b>${isolated(sample.className)}</b>${sample.run === undefined ? '' : markup` <small>${isolated(sample.run)}</small>`} <span class="badge ${state}">${state}</span></p>${sparkline(
    sample.trajectory,
    boundary,
    tolerance,
  )}<details><summary>${isolated(sample.prompt || 'Details')}</summary>${facts(sample, distance, images)}</details></li>`;
}

function controls(samples: readonly GallerySample[]): Markup {
  const names = [...new Set(samples.map(({className}) => className))].sort();
  const runs = [...new Set(samples.flatMap(({run}) => run ?? []))];
  const choice = (values: string[]) => values.map((name) => markup`<option value="${name}">${name}</option>`);
  return markup`<form class="controls" id="gallery-controls" hidden>
${
  runs.length > 0
    ? markup`<label>Run <select name="run"><option value="">all</option>${choice(runs)}</select></label>`
    : ''
}<label>Class <select name="class"><option value="">all</option>${choice(names)}</select></label>
<label>State <select name="state"><option value="">all</option><option value="accepted">accepted</option><option value="rejected">rejected</option></select></label>
<label>Distance <select name="distance"><option value="">any</option><option value="1">within the tolerance</option><option value="2">within twice the tolerance</option><option value="-1">outside the tolerance</option></select></label>
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
  const {gallery} = data;
  if (gallery.length === 0) {
    return markup`<section id="gallery"><h2>Gallery</h2><p class="empty">This run has no synthetic images.</p></section>`;
  }
  // The script makes the cards of the others, from the figures that the page has for programs.
  const pictured = gallery.slice(0, PICTURED).filter(({before, after}) => before ?? after);
  const cards = (images: readonly Thumbnails[]) =>
    pictured.map((sample, index) => card(sample, images[index] ?? NO_IMAGES, index, data));
  const words = markup`${cards([])}`.text.length;
  const images = await thumbnails(pictured, room - words);
  const accepted = gallery.filter((sample) => sample.accepted).length;
  const more = gallery.length - pictured.length;
  return markup`<section id="gallery"><h2>Gallery</h2>
<p>${counted(gallery.length, 'sample')}, ${count(accepted)} accepted. The curve is the score's way through the search; the band is the boundary with its tolerance.${
    more > 0
      ? ` ${count(pictured.length)} have their pictures here; those of the other ${count(more)} are in the run's folder.`
      : ''
  }<span class="script-only"> Open a picture for a larger view; the arrow keys go on from there.</span></p>
${controls(gallery)}<ul class="cards" id="cards">${cards(images)}</ul><div class="pager" id="gallery-pager" hidden><button type="button" id="gallery-previous">← Previous</button><span id="gallery-page"></span><button type="button" id="gallery-next">Next →</button></div>${dialog}</section>`;
}
