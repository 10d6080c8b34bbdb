import {z} from 'zod';
import {checkJson, readJson} from '../data/files/json-file.js';
import type {RunContext} from './run-context.js';

export const EVALUATION = 'evaluation.json';
export const SCORES = 'scores';

const share = z.number().min(0).max(1);

const intervalSchema = z.strictObject({low: z.number(), high: z.number()});
const intervalsSchema = z.strictObject({auroc: intervalSchema, fpr95: intervalSchema});

const setSchema = z.strictObject({
  name: z.string(),
  /** the in-distribution test set that it is compared with */
  against: z.string(),
  inCount: z.number(),
  outCount: z.number(),
  auroc: share,
  auprIn: share,
  auprOut: share,
  auprInTrapezoid: share,
  auprOutTrapezoid: share,
  fpr95: z.strictObject({
    'id-positive': share,
    'ood-positive': share,
    threshold: share,
    interpolated: share,
  }),
  detectionError: share.optional(),
  threshold95: z.number(),
  /** fpr95 by the definition that the run names */
  intervals: intervalsSchema.optional(),
  /** of the difference to the baseline */
  difference: intervalsSchema.extend({p: z.number().nullable()}).optional(),
});

const meanSchema = z.strictObject({
  sets: z.number(),
  auroc: share,
  fpr95: share,
  intervals: intervalsSchema.optional(),
  difference: intervalsSchema.optional(),
});

const detectorSchema = z.strictObject({
  name: z.string(),
  title: z.string(),
  baseline: z.boolean(),
  /** hyper-parameters, as they were given or found */
  settings: z.record(z.string(), z.unknown()).optional(),
  /** what a search tried, and the mean AUROC on the validation sets */
  search: z.array(z.strictObject({settings: z.record(z.string(), z.unknown()), auroc: share})).optional(),
  inDistribution: z.array(
    z.strictObject({
      name: z.string(),
      count: z.number(),
      accuracy: share.nullable(),
      /** 95 % of these images have at least this score */
      threshold95: z.number(),
    }),
  ),
  sets: z.array(setSchema),
  /** over the sets that are compared with one in-distribution test set, by its name */
  means: z.record(z.string(), meanSchema),
});

const schema = z.strictObject({
  definitions: z.record(z.string(), z.string()),
  fpr: z.enum(['id-positive', 'ood-positive', 'threshold', 'interpolated']),
  /** what the intervals come from; `baseline` is what differences are to */
  bootstrap: z
    .strictObject({replicates: z.number(), level: z.number(), baseline: z.string().nullable()})
    .optional(),
  detectors: z.array(detectorSchema),
});

/** evaluation.json. Rates are shares in [0, 1]. */
export type Evaluation = z.infer<typeof schema>;
export type DetectorEvaluation = Evaluation['detectors'][number];
export type Intervals = z.infer<typeof intervalsSchema>;
export type SetEvaluation = DetectorEvaluation['sets'][number];

const scoresSchema = z.strictObject({
  detector: z.string(),
  /** by set: image ids and their scores */
  inDistribution: z.record(
    z.string(),
    z.strictObject({ids: z.array(z.string()), scores: z.array(z.number())}),
  ),
  outOfDistribution: z.record(
    z.string(),
    z.strictObject({ids: z.array(z.string()), scores: z.array(z.number())}),
  ),
});

/** scores/<detector>.json. */
export type ScoresFile = z.infer<typeof scoresSchema>;

export async function readEvaluation(run: Pick<RunContext, 'directory'>): Promise<Evaluation> {
  const file = run.directory.file(EVALUATION);
  return checkJson(schema, await readJson(file, 'ERR_CONFIG'), file, 'ERR_CONFIG');
}

export async function readScores(run: Pick<RunContext, 'directory'>, detector: string): Promise<ScoresFile> {
  const file = run.directory.file(SCORES, `${detector}.json`);
  return checkJson(scoresSchema, await readJson(file, 'ERR_CONFIG'), file, 'ERR_CONFIG');
}

/** What each number in evaluation.json is. */
export const definitions: Record<string, string> = {
  auroc: 'Area under the ROC curve, in-distribution positive, ties count half.',
  auprIn: 'Average precision, in-distribution positive. Chance level: inCount / (inCount + outCount).',
  auprOut: 'Average precision, out-of-distribution positive. Chance level: outCount / (inCount + outCount).',
  auprInTrapezoid: 'As auprIn, linear between thresholds.',
  auprOutTrapezoid: 'As auprOut, linear between thresholds.',
  'fpr95.id-positive':
    'False positive rate where recall of in-distribution images is closest to 95 %, over distinct thresholds, ties to the higher recall.',
  'fpr95.ood-positive':
    'Out-of-distribution positive: share of in-distribution images flagged at the first threshold that flags 95 % of the others.',
  'fpr95.threshold':
    'Share of out-of-distribution scores above the score at place round(0.05 N) of the N in-distribution ones.',
  'fpr95.interpolated': 'On the ROC curve, linear between thresholds, at a true positive rate of 95 %.',
  detectionError: 'The least (1 - TPR + FPR) / 2 of any threshold.',
  accuracy: 'Share of in-distribution images whose most similar class name is their own.',
  threshold95: 'The highest score that at least 95 % of the in-distribution images reach.',
  intervals:
    'Percentile intervals of a stratified bootstrap: in- and out-of-distribution images drawn with replacement, the same draws for every detector.',
  difference: 'Of this detector less the baseline on the same draws; p is that of DeLong, for the AUROC.',
  means: 'Over the sets that are compared with one in-distribution test set, each set counting the same.',
};
