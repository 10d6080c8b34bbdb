import {z} from 'zod';

/** Of the run directory: what `synood ablate` found. */
export const ABLATION = 'ablation.json';

const share = z.number().min(0).max(1);
/** Of the seeds' values, with n - 1; a single seed has none. */
const deviation = z.number().min(0);

const ratesSchema = z.strictObject({
  auroc: share,
  fpr95: share,
  deviations: z.strictObject({auroc: deviation, fpr95: deviation}).optional(),
});

const change = z.number().min(-1).max(1);
const meanChange = z.strictObject({
  mean: change,
  /** 95 %, of Student's t over the seeds; a single seed has none */
  interval: z.strictObject({low: z.number(), high: z.number()}).optional(),
});
const differenceSchema = z.strictObject({auroc: meanChange, fpr95: meanChange});

const groupSchema = ratesSchema.extend({
  /** the in-distribution test set that its sets are compared with */
  against: z.string(),
  sets: z.number(),
  /** of that test set; null if its images have no classes */
  accuracy: share.nullable(),
  accuracyDeviation: deviation.optional(),
  /** from the first row, seed by seed; the first row has none */
  difference: differenceSchema.optional(),
});

const setSchema = ratesSchema.extend({
  name: z.string(),
  against: z.string(),
  /** of each seed, in their order */
  values: z.strictObject({auroc: z.array(share), fpr95: z.array(share)}),
});

const rowSchema = ratesSchema.extend({
  /** the row's title, or the setting's value */
  value: z.string(),
  /** whose scores these are */
  detector: z.string().optional(),
  /** that went well */
  seeds: z.array(z.number()).optional(),
  groups: z.array(groupSchema).optional(),
  sets: z.array(setSchema).optional(),
});

export const ablationSchema = z.strictObject({
  setting: z.string(),
  split: z.enum(['test', 'validation']).optional(),
  /** the definition of FPR95 */
  fpr: z.string().optional(),
  /** of the first group, whose means a row's own figures are */
  against: z.string().optional(),
  seeds: z.array(z.number()).optional(),
  rows: z.array(rowSchema),
});

/** ablation.json. Rates are shares in [0, 1]; means over the seeds, and over the sets of a group. */
export type AblationFile = z.infer<typeof ablationSchema>;
export type AblationFileRow = AblationFile['rows'][number];
export type AblationRates = z.infer<typeof ratesSchema>;
export type AblationDifference = z.infer<typeof differenceSchema>;
