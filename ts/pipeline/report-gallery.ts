import {SHEET_COLUMNS} from '../data/contact-sheet.js';
import type {GallerySample} from '../report/report-data.js';
import {previewFile} from './previews.js';
import type {RunContext} from './run-context.js';
import type {SelectedImage} from './stages/select.js';
import type {SyntheticImage} from './synthetic-rows.js';

/** A few of every class first, so that a short gallery still shows all. */
function spread(images: SyntheticImage[]): SyntheticImage[] {
  const seen = new Map<string, number>();
  const ranked = images.map((image, index) => {
    const rank = seen.get(image.class) ?? 0;
    seen.set(image.class, rank + 1);
    return {image, rank, index};
  });
  return ranked.sort((a, b) => a.rank - b.rank || a.index - b.index).map(({image}) => image);
}

/** The pictures of a sample's iterations, where the run was asked for some; a score that is no number has none. */
function iterationsOf(run: RunContext, row: SyntheticImage): Pick<GallerySample, 'iterations'> {
  const count = row.trajectory.filter((value) => value !== null).length;
  if (row.previews === undefined || count === 0) return {};
  const sheet = run.directory.file(...previewFile(row.file_name).split('/'));
  return {iterations: {sheet, count, columns: SHEET_COLUMNS}};
}

/** All synthetic images of a run. A file that is gone is shown as not readable. */
export async function galleryOf(
  run: RunContext,
  synthetic: SyntheticImage[],
  selection: readonly SelectedImage[],
  labels: ReadonlyMap<string, {label: string}>,
): Promise<GallerySample[]> {
  const classes = new Map((await run.data.classes()).map(({id, name}) => [id, name]));
  const sources = new Map(selection.map(({id, path}) => [id, path]));
  const samples: GallerySample[] = [];
  for (const row of spread(synthetic)) {
    samples.push({
      id: row.id,
      className: classes.get(row.class) ?? row.class,
      contexts: row.contexts,
      prompt: row.prompt,
      negativeLabel: labels.get(row.file_name)?.label,
      seed: row.seed,
      accepted: row.accepted,
      reason: row.reason,
      trajectory: [row.score_before, ...row.trajectory].filter((value) => value !== null),
      before: sources.get(row.source),
      after: row.path,
      ...iterationsOf(run, row),
    });
  }
  return samples;
}
