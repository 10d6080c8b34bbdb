/** Where a stage stands. */
export interface ProgressReport {
  stage: string;
  done: number;
  total: number;
  detail?: string;
  /** that was just made */
  sample?: {accepted: boolean; score: number | null};
}
