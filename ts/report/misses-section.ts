import {isolated, markup, type Markup} from './escape.js';
import {csv, download} from './figure.js';
import {score} from './format.js';
import {type Miss, type Misses, type ReportData} from './report-data.js';
import {smallPictures} from './thumbnails.js';

const label = ({name, cosine}: Miss['class']): Markup =>
  markup`${isolated(name)} <small>${score(cosine)}</small>`;

function card(miss: Miss, picture: string | null): Markup {
  const image = picture
    ? markup`<img src="${picture}" alt="${miss.id}" decoding="async">`
    : markup`<span class="missing">not readable</span>`;
  return markup`<li class="miss">${image}<dl class="facts"><div><dt>Score</dt><dd>${score(miss.score)}</dd></div><div><dt>Set</dt><dd>${isolated(
    miss.set,
  )}</dd></div><div><dt>Class</dt><dd>${label(miss.class)}</dd></div><div><dt>Negative</dt><dd>${miss.negatives.map(
    (one, index) => markup`${index > 0 ? ', ' : ''}${label(one)}`,
  )}</dd></div><div><dt>Image</dt><dd>${isolated(miss.id)}</dd></div></dl></li>`;
}

async function side(id: string, title: string, none: string, misses: Miss[]): Promise<Markup> {
  const pictures = await smallPictures(misses.map(({image}) => image));
  return markup`<h3 id="${id}">${title}</h3>${
    misses.length === 0
      ? markup`<p class="empty">${none}</p>`
      : markup`<ul class="cards misses">${misses.map((miss, index) => card(miss, pictures[index]!))}</ul>`
  }`;
}

function table({rejected, accepted}: Misses): string {
  const rows = (kind: string, misses: Miss[]) =>
    misses.map((miss) => [
      ...[kind, miss.set, miss.id, miss.score, miss.class.name, miss.class.cosine],
      ...miss.negatives.flatMap(({name, cosine}) => [name, cosine]),
    ]);
  const head = ['side', 'set', 'image', 'score', 'nearest_class', 'cosine', 'nearest_negative', 'cosine'];
  return csv([head, ...rows('rejected', rejected), ...rows('accepted', accepted)]);
}

/** The images that the detector is most wrong about, on both sides, with the labels that lie nearest. */
export async function missesSection({misses}: ReportData): Promise<Markup> {
  if (!misses) return markup``;
  const {detector, threshold, rejected, accepted} = misses;
  return markup`<section id="misses"><h2>Worst misses</h2><p>What ${isolated(
    detector,
  )} is most wrong about at its threshold ${score(threshold)}. The figures beside the labels are cosines with the image.</p>${await side(
    'misses-accepted',
    'Out of distribution, and let through',
    'Every out-of-distribution image has a score below the threshold.',
    accepted,
  )}${await side(
    'misses-rejected',
    'In distribution, and turned away',
    'Every in-distribution image reaches the threshold.',
    rejected,
  )}${download('misses.csv', table(misses))}</section>`;
}
