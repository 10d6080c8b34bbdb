/**
 * Everything that the report of a run shows. Rates (AUROC, FPR95, AUPR, accuracy) are fractions in [0, 1];
 * detector scores are higher for in-distribution images. Lists may be empty: a run that is not finished
 * has a report too.
 */
export interface ReportData {
  /** The run's name. */
  title: string;
  headline: Headline;
  /** Baselines first, the run's own detector last. */
  detectors: DetectorResult[];
  /** By the detector's name; for ROC and precision-recall curves and densities. */
  scores: Record<string, DetectorScores>;
  training: TrainingCurve[];
  /** At most 200; what comes after them is counted, not shown. */
  gallery: GallerySample[];
  boundary: BoundaryScores;
  /** Bad files, absent sets, failures. */
  leftOut: {what: string; reason: string}[];
  notes: string[];
}

export interface Headline {
  trainedOn: string;
  classes: string[];
  images: number;
  synthetic: {
    made: number;
    accepted: number;
    boundary: number;
    tolerance: number;
    /** Which OOD score the boundary is measured in. */
    score: string;
  };
  negativeLabels: number;
  seed: string;
  versions: Record<string, string>;
  command: string;
}

export interface DetectorResult {
  name: string;
  title: string;
  baseline: boolean;
  inDistribution: {
    count: number;
    accuracy?: number;
    /** The score that 95 % of the in-distribution images reach. */
    threshold: number;
  };
  mean: {auroc: number; fpr95: number};
  sets: SetResult[];
}

export interface SetResult {
  name: string;
  title: string;
  count: number;
  auroc: number;
  /** In-distribution positive, out-of-distribution positive. */
  aupr?: {in: number; out: number};
  fpr95: number;
  fprDefinition: string;
}

export type Scores = Float64Array | number[];

export interface DetectorScores {
  /** In-distribution images. */
  ind: Scores;
  /** By the set's name. */
  sets: Record<string, Scores>;
}

export interface TrainingCurve {
  stage: 'projection' | 'labels';
  losses: number[];
}

export interface GallerySample {
  id: string;
  className: string;
  contexts: string[];
  prompt: string;
  negativeLabel?: string;
  seed: string;
  accepted: boolean;
  /** Why it was accepted or not. */
  reason: string;
  /** The score at each iteration; the first belongs to the image before the search. */
  trajectory: number[];
  /** PNG, JPEG or any other format that sharp reads. */
  before: Uint8Array;
  after: Uint8Array;
  iterations?: Uint8Array[];
}

export interface BoundaryScores {
  /** Held-out in-distribution images, by which the boundary was calibrated. */
  calibrationScores: number[];
  /** Synthetic images before the search and after it. */
  before: number[];
  after: number[];
}
