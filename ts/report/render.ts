import {ablationSection} from './charts/ablation.js';
import {gradientsSection} from './charts/gradient-section.js';
import {comparisonSection} from './comparison-section.js';
import {machineSection} from './machine-section.js';
import {missesSection} from './misses-section.js';
import {statesSection} from './states.js';
import {boundarySection} from './charts/boundary.js';
import {precisionRecallSection, rocSection} from './charts/curve-sections.js';
import {densitySection} from './charts/densities.js';
import {trainingSection} from './charts/training.js';
import {leftOutSection, reproduceSection} from './closing.js';
import {gallerySection} from './gallery.js';
import {headlineSection} from './headline.js';
import {markup} from './escape.js';
import {setsSection} from './sets-section.js';
import {page, type Section} from './page.js';
import {type ReportData} from './report-data.js';

/** The page of a training alone. */
async function trainingOnlySection(data: ReportData): Promise<Section> {
  const content = await trainingSection(data);
  const empty = markup`<section id="training"><h2>Training</h2><p class="empty">The logs have no step yet.</p></section>`;
  return {id: 'training', name: 'Training', content: content.text === '' ? empty : content};
}

const NOTHING = markup``;

/** A page with pictures of 200 samples stays below 5 MB; what the other sections leave of this is the gallery's. */
const PAGE_LIMIT = 4_600_000;

/**
 * The report of a run as one HTML file: no network, no other file. The same data give the same bytes.
 *
 * An image that cannot be read is shown as such, with its reason; it is no error.
 */
export async function renderReport(data: ReportData): Promise<string> {
  if (data.trainingOnly) return page(data, [await trainingOnlySection(data)]);
  const sections = [
    data.runs
      ? {id: 'results', name: 'Runs', content: await comparisonSection(data, data.runs)}
      : {id: 'results', name: 'Results', content: await headlineSection(data)},
    {id: 'stages', name: 'Stages', content: statesSection(data)},
    {id: 'gallery', name: 'Gallery', content: NOTHING},
    {id: 'misses', name: 'Worst misses', content: await missesSection(data)},
    {id: 'sets', name: 'Set by set', content: await setsSection(data)},
    {id: 'roc', name: 'ROC', content: await rocSection(data)},
    {id: 'precision-recall', name: 'Precision', content: await precisionRecallSection(data)},
    {id: 'scores', name: 'Scores', content: await densitySection(data)},
    {id: 'boundary', name: 'Boundary', content: await boundarySection(data)},
    {id: 'training', name: 'Training', content: await trainingSection(data)},
    {id: 'ablation', name: 'Ablation', content: await ablationSection(data)},
    {id: 'gradients', name: 'Gradients', content: await gradientsSection(data)},
    {id: 'left-out', name: 'Left out', content: leftOutSection(data)},
    {id: 'machine', name: 'Machine', content: machineSection(data)},
    {id: 'reproduce', name: 'Make it again', content: reproduceSection(data)},
  ];
  const room = PAGE_LIMIT - Buffer.byteLength(page(data, sections));
  const gallery = await gallerySection(data, room);
  return page(
    data,
    sections.map((section) => (section.id === 'gallery' ? {...section, content: gallery} : section)),
  );
}
