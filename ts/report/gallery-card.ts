import {isolated, markup, type Markup} from './escape.js';
import {counted, duration, score} from './format.js';
import {type GallerySample, type ReportData} from './report-data.js';
import {sparkline} from './sparkline.js';
import {type Thumbnails} from './thumbnails.js';

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
        ? `${score(trajectory[0])} → ${score(trajectory.at(-1))}, ${counted(trajectory.length - 1, 'iteration')}`
        : '',
    ],
    ['Distance', Number.isFinite(distance) ? `${score(distance)} from the boundary` : ''],
    [sample.accepted ? 'Accepted' : 'Rejected', isolated(sample.reason)],
    ['Seed', isolated(sample.seed)],
    ['Time', sample.seconds === undefined ? '' : duration(sample.seconds)],
    ['Sample', isolated(sample.id)],
    ['Not readable', isolated(failures.join('; '))],
  ];
  return markup`<dl class="facts">${rows
    .filter(([, value]) => value !== '' && String(value) !== '<bdi></bdi>')
    .map(([name, value]) => markup`<div><dt>${name}</dt><dd>${value}</dd></div>`)}</dl>`;
}

const stateBadge = (accepted: boolean): Markup =>
  accepted
    ? markup`<span class="badge accepted"><span aria-hidden="true">✓ </span><span class="word">accepted</span></span>`
    : markup`<span class="badge rejected"><span aria-hidden="true">✗ </span><span class="word">rejected</span></span>`;

/** A sample's images, the way of its score, and what is known of it. */
export function galleryCard(
  sample: GallerySample,
  images: Thumbnails,
  index: number,
  data: ReportData,
): Markup {
  const {boundary, tolerance} = sample.target ?? data.headline.synthetic;
  const distance = distanceOf(sample, boundary);
  const {strip} = images;
  const film = strip
    ? markup`<img src="${strip.picture}" class="film" style="--n:${strip.count}" data-count="${strip.count}" alt="Images of ${counted(strip.count, 'iteration')}" decoding="async">`
    : '';
  return markup`<li class="card" data-index="${index}" data-class="${sample.className}" data-state="${
    sample.accepted ? 'accepted' : 'rejected'
  }" data-distance="${Number.isFinite(distance) ? distance : ''}"><div class="pair">${picture(
    images.before,
    `Before: ${sample.className}`,
  )}${picture(images.after, `After: ${sample.prompt}`)}</div>${film}<p class="head"><b>${isolated(
    sample.className,
  )}</b>${sample.run === undefined ? '' : markup` <small>${isolated(sample.run)}</small>`} ${stateBadge(
    sample.accepted,
  )}</p>${sparkline(sample.trajectory, boundary, tolerance)}<p class="prompt">${isolated(
    sample.prompt,
  )}</p><details><summary>Details</summary>${facts(sample, distance, images)}</details></li>`;
}
