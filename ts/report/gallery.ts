import {embeddedJson, markup, type Markup} from './escape.js';
import {count, counted} from './format.js';
import {galleryCard} from './gallery-card.js';
import {type GallerySample, type ReportData} from './report-data.js';
import {sheetsOf} from './sheets.js';
import {type Thumbnails, thumbnails} from './thumbnails.js';

/** Samples with larger pictures: the page would be too large with more. */
const PICTURED = 200;

/** Characters of the small pictures of all other samples: as much as the larger ones may take. */
const SHEET_ROOM = 6_000_000;

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
<label>Order <select name="order"><option value="index">class by class</option><option value="near">nearest to the boundary</option><option value="far">farthest from it</option></select></label>
<output id="gallery-count" aria-live="polite"></output></form>`;
}

const dialog = markup`<dialog id="viewer" aria-labelledby="viewer-title"><div class="viewer-bar"><div><h3 id="viewer-title"></h3><span id="viewer-place"></span></div><button type="button" data-step="-1" aria-label="Previous sample">←</button><button type="button" data-step="1" aria-label="Next sample">→</button><button type="button" data-close aria-label="Close">✕</button></div><div id="viewer-body"></div><p class="keys"><kbd>←</kbd> <kbd>→</kbd> samples <kbd>↑</kbd> <kbd>↓</kbd> iterations <kbd>Space</kbd> plays them <kbd>Esc</kbd> closes</p></dialog>`;

/** A card's place before its images are made. */
const NO_IMAGES: Thumbnails = {before: null, after: null, strip: null, failures: []};

function words(gallery: readonly GallerySample[], pictured: number, small: number, strips: number): Markup {
  const accepted = gallery.filter((sample) => sample.accepted).length;
  const without = gallery.length - pictured - small;
  const sizes =
    small + without > 0
      ? ` The first ${count(pictured)}, a few of every class, have larger pictures${
          small > 0 ? `, ${count(small)} small ones` : ''
        }${without > 0 ? `; those of the other ${count(without)} are in the run’s folder` : ''}.`
      : '';
  return markup`<p>${counted(gallery.length, 'sample')}, ${count(accepted)} accepted: each image before the search and after it${
    strips > 0 ? ', below them the image at each iteration' : ''
  }. The curve is the score’s way; the band is the boundary with its tolerance.${sizes}<span class="script-only"> Open one for a larger view.</span></p>`;
}

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
  const pictured = gallery.slice(0, PICTURED);
  const cards = (images: readonly Thumbnails[]) =>
    pictured.map((sample, index) => galleryCard(sample, images[index] ?? NO_IMAGES, index, data));
  const taken = markup`${cards([])}`.text.length;
  const images = await thumbnails(pictured, room - taken);
  const sheets = await sheetsOf(gallery.slice(PICTURED), SHEET_ROOM);
  const strips = images.filter(({strip}) => strip).length;
  return markup`<section id="gallery"><h2>Gallery</h2>${words(gallery, pictured.length, sheets.count, strips)}
${controls(gallery)}<ul class="cards" id="cards">${cards(images)}</ul><div class="pager" id="gallery-pager" hidden><button type="button" id="gallery-previous">← Previous</button><span id="gallery-page"></span><button type="button" id="gallery-next">Next →</button></div>${dialog}<script type="application/json" id="gallery-sheets">${embeddedJson(
    {...sheets, first: PICTURED},
  )}</script></section>`;
}
