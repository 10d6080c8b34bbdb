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
  /** A few of every class first: the first 200 have larger pictures than the others. */
  gallery: GallerySample[];
  boundary: BoundaryScores;
  /** Bad files, absent sets, failures. */
  leftOut: {what: string; reason: string}[];
  notes: string[];
  /** What the differences are to, where `difference` is given: a detector's name. */
  comparedWith?: string;
  /** Every stage of the run, if one of them is not done or damaged. */
  stages?: StageState[];
  misses?: Misses;
  machine?: Machine;
  configuration?: unknown;
  ablation?: Ablation;
  gradients?: GradientDiagnostics;
  /** Several runs on one page. */
  runs?: RunFacts[];
  /** A training alone: there are curves, and nothing that a run has. */
  trainingOnly?: boolean;
}

export interface Interval {
  low: number;
  high: number;
}

/** 95 % intervals. */
export interface Intervals {
  auroc: Interval;
  fpr95: Interval;
}

export interface StageState {
  name: string;
  state: 'done' | 'missing' | 'damaged';
  /** What is there of an unfinished stage, or what is wrong with its files. */
  detail?: string;
}

/** The images that a detector is most wrong about. */
export interface Misses {
  /** The detector's title. */
  detector: string;
  threshold: number;
  /** In-distribution images with the lowest scores. */
  rejected: Miss[];
  /** Out-of-distribution images with the highest scores. */
  accepted: Miss[];
}

export interface Miss {
  set: string;
  id: string;
  score: number;
  /** Absent where nobody knows its file. */
  image?: Picture;
  /** The most similar class, by cosine. */
  class: {name: string; cosine: number};
  /** The most similar negative labels. */
  negatives: {name: string; cosine: number}[];
}

export interface Machine {
  facts: Record<string, string>;
  stages: {
    name: string;
    seconds: number;
    /** Bytes that the process had at most until the stage's end. */
    peakMemory?: number;
  }[];
}

/** A setting that was varied, and what came of each value. */
export interface Ablation {
  setting: string;
  /** The in-distribution set that the sets are compared with; the rows are means over them. */
  against?: string;
  /** The rows are means over these. */
  seeds?: number[];
  split?: 'test' | 'validation';
  rows: AblationRow[];
}

export interface AblationRow {
  value: string;
  auroc: number;
  fpr95: number;
  intervals?: Intervals;
  /** Standard deviations over the seeds. */
  deviations?: {auroc: number; fpr95: number};
  /** In-distribution. */
  accuracy?: number;
}

/** What `synood gradients` found: medians over the images. */
export interface GradientDiagnostics {
  points: GradientPoint[];
}

export interface GradientPoint {
  /** Where the denoising starts. */
  strength: number;
  method: string;
  /** With the exact gradient. */
  cosine: number;
  normRatio: number;
  /** Of the score, by a step. */
  change: number;
}

export interface RunFacts {
  title: string;
  headline: Headline;
  stages: StageState[];
  /** Settings that differ between the runs: key and value, as text. */
  differs: Record<string, string>;
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
  mean: MeanResult;
  /** Of the sets that are compared with other in-distribution images than those of `mean`. */
  otherMeans?: (MeanResult & {against: string; sets: number})[];
  sets: SetResult[];
}

export interface MeanResult {
  auroc: number;
  fpr95: number;
  intervals?: Intervals;
  difference?: Intervals;
}

export interface SetResult {
  name: string;
  title: string;
  /** The in-distribution images that it is told apart from, where there are several such sets. */
  against?: string;
  count: number;
  auroc: number;
  /** In-distribution positive, out-of-distribution positive. */
  aupr?: {in: number; out: number};
  fpr95: number;
  fprDefinition: string;
  intervals?: Intervals;
  /** Of the difference to the detector that `comparedWith` names; p is that of DeLong's test of the AUROCs. */
  difference?: Intervals & {p?: number};
}

/** An encoded image in any format that sharp reads, or the path of a file with one. */
export type Picture = Uint8Array | string;

/** Small pictures of one size beside each other, in rows of `columns`. */
export interface ContactSheet {
  sheet: Picture;
  count: number;
  columns: number;
}

export type Scores = Float64Array | number[];

export interface DetectorScores {
  /** In-distribution images. */
  ind: Scores;
  /** By the name that a set has in `against`, where it is compared with others than `ind`. */
  inds?: Record<string, Scores>;
  /** By the set's name. */
  sets: Record<string, Scores>;
}

export interface TrainingCurve {
  /** Unique within a run, for the name of a file. */
  name: string;
  title: string;
  /** Where there are several. */
  run?: string;
  /** Of each step. */
  losses: number[];
  more?: TrainingSeries;
}

/** What a log may tell of each step beside the loss. */
export interface TrainingSeries {
  accuracies?: number[];
  learningRates?: number[];
  gradientNorms?: number[];
  samplesPerSecond?: number[];
}

export interface GallerySample {
  id: string;
  /** Where there are several. */
  run?: string;
  /** What it was to reach, where that differs between samples. */
  target?: {boundary: number; tolerance: number};
  className: string;
  contexts: string[];
  prompt: string;
  negativeLabel?: string;
  seed: string;
  accepted: boolean;
  /** Why it was accepted or not. */
  reason: string;
  /** That its iterations took. */
  seconds?: number;
  /** The score at each iteration; the first belongs to the image before the search. */
  trajectory: number[];
  before?: Picture;
  after?: Picture;
  /** Of each iteration, in their order. */
  iterations?: Picture[] | ContactSheet;
}

export interface BoundaryScores {
  /** Held-out in-distribution images, by which the boundary was calibrated. */
  calibrationScores: number[];
  /** Synthetic images before the search and after it. */
  before: number[];
  after: number[];
}
