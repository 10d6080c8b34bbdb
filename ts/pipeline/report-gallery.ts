import {readFile} from 'node:fs/promises';
import type {GallerySample} from '../report/report-data.js';
import type {RunContext} from './run-context.js';
import type {SelectedImage} from './stages/select.js';
import type {SyntheticImage} from './synthetic-rows.js';

/** As many as the page has pictures of. */
const PICTURED = 200;

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

/** The page shows a file that is gone as not readable. */
export const readOrEmpty = (path: string | undefined): Promise<Uint8Array> =>
  path === undefined ? Promise.resolve(new Uint8Array()) : readFile(path).catch(() => new Uint8Array());

/** All synthetic images of a run; the first ones with their pictures. */
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
    const pictures =
      samples.length < PICTURED
        ? {before: await readOrEmpty(sources.get(row.source)), after: await readOrEmpty(row.path)}
        : {};
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
      ...pictures,
    });
  }
  return samples;
}
