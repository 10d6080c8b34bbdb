import {z} from 'zod';
import {writeFileAtomic} from '../data/files/atomic-file.js';
import {checkJson, readJson} from '../data/files/json-file.js';
import type {FloatTensor} from '../binding/contract.js';
import type {Detector} from '../detection/detector.js';
import {takeRows} from './clip-features.js';
import type {RunContext} from './run-context.js';

export const MISSES = 'misses.json';

/** As many as a page can show on each side. */
const SHOWN = 12;
const NEGATIVES_SHOWN = 3;

const labelSchema = z.strictObject({name: z.string(), cosine: z.number()});
const missSchema = z.strictObject({
  set: z.string(),
  id: z.string(),
  score: z.number(),
  /** the most similar class */
  class: labelSchema,
  /** the most similar negative labels */
  negatives: z.array(labelSchema),
});
const schema = z.strictObject({
  detector: z.string(),
  /** the score that 95 % of the held-out images reach */
  threshold: z.number(),
  /** in-distribution images with the lowest scores */
  rejected: z.array(missSchema),
  /** out-of-distribution images with the highest scores */
  accepted: z.array(missSchema),
});

/** misses.json: the images that the run's own detector is most wrong about. */
export type Misses = z.infer<typeof schema>;
type Miss = z.infer<typeof missSchema>;

export async function readMisses(run: Pick<RunContext, 'directory'>): Promise<Misses> {
  const file = run.directory.file(MISSES);
  return checkJson(schema, await readJson(file, 'ERR_CONFIG'), file, 'ERR_CONFIG');
}

export interface ScoredSet {
  name: string;
  ids: string[];
  features: FloatTensor;
  scores: readonly number[];
}

interface Place {
  set: ScoredSet;
  row: number;
  score: number;
}

/** The first places of several sets together, by how wrong a score is; equal ones in the order of sets and images. */
function worst(sets: readonly ScoredSet[], sign: 1 | -1): Place[] {
  return sets
    .flatMap((set) => set.scores.map((score, row) => ({set, row, score})))
    .sort((a, b) => sign * (a.score - b.score))
    .slice(0, SHOWN);
}

function nearest(row: Float32Array, names: readonly string[], count: number) {
  return [...names.keys()]
    .sort((a, b) => row[b]! - row[a]! || a - b)
    .slice(0, count)
    .map((index) => ({name: names[index]!, cosine: row[index]!}));
}

async function described(run: RunContext, detector: Detector, places: readonly Place[]): Promise<Miss[]> {
  const misses: Miss[] = [];
  for (const {set, row, score} of places) {
    const features = takeRows(set.features, [row]);
    const classes = await detector.classCosines(features, run.signal);
    const negatives = await detector.negativeCosines(features, run.signal);
    misses.push({
      set: set.name,
      id: set.ids[row]!,
      score,
      class: nearest(classes.data, detector.labels, 1)[0]!,
      negatives: nearest(negatives.data, detector.negativeLabels, NEGATIVES_SHOWN),
    });
  }
  return misses;
}

/** Finds the worst misses on both sides, with the labels that lie nearest, and keeps them. */
export async function writeMisses(
  run: RunContext,
  {name, detector, ins, outs}: {name: string; detector: Detector; ins: ScoredSet[]; outs: ScoredSet[]},
): Promise<void> {
  const {threshold} = detector;
  const misses: Misses = {
    detector: name,
    threshold,
    rejected: await described(
      run,
      detector,
      worst(ins, 1).filter(({score}) => score < threshold),
    ),
    accepted: await described(
      run,
      detector,
      worst(outs, -1).filter(({score}) => score >= threshold),
    ),
  };
  await writeFileAtomic(run.directory.file(MISSES), `${JSON.stringify(misses, null, 2)}\n`);
}
