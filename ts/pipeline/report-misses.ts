import type {Miss, Misses} from '../report/report-data.js';
import {readMisses} from './misses.js';
import {readOrEmpty} from './report-gallery.js';
import type {RunContext} from './run-context.js';

/** The worst misses with their images. */
export async function missesOfRun(run: RunContext, title: string): Promise<Misses> {
  const {threshold, rejected, accepted} = await readMisses(run);
  const sets = [...(await run.data.inTests()), ...(await run.data.outSets())];
  const paths = new Map(sets.map(({name, items}) => [name, new Map(items.map(({id, path}) => [id, path]))]));
  const withImages = async (rows: typeof rejected): Promise<Miss[]> => {
    const misses: Miss[] = [];
    for (const row of rows) misses.push({...row, image: await readOrEmpty(paths.get(row.set)?.get(row.id))});
    return misses;
  };
  return {
    detector: title,
    threshold,
    rejected: await withImages(rejected),
    accepted: await withImages(accepted),
  };
}
