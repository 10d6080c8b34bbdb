import type {Miss, Misses} from '../report/report-data.js';
import {readMisses} from './misses.js';
import type {RunContext} from './run-context.js';

/** The worst misses with their images. */
export async function missesOfRun(run: RunContext, title: string): Promise<Misses> {
  const {threshold, rejected, accepted} = await readMisses(run);
  const sets = [...(await run.data.inTests()), ...(await run.data.outSets())];
  const paths = new Map(sets.map(({name, items}) => [name, new Map(items.map(({id, path}) => [id, path]))]));
  const withImages = (rows: typeof rejected): Miss[] =>
    rows.map((row) => ({...row, image: paths.get(row.set)?.get(row.id)}));
  return {
    detector: title,
    threshold,
    rejected: withImages(rejected),
    accepted: withImages(accepted),
  };
}
