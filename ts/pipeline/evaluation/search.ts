import type {DetectionTools} from '../../detection/compute.js';
import {FittedDetector} from '../../detection/fitted-detector.js';
import type {FitData} from '../../detection/kind.js';
import type {ImageReadings} from '../../detection/readings.js';
import {detectorKind} from '../../detection/registry.js';
import {auroc} from '../../evaluation/auroc.js';

/** What a search of hyper-parameters found: every combination with its mean AUROC over the validation sets. */
export interface SearchResult {
  settings: Record<string, unknown>;
  tried: {settings: Record<string, unknown>; auroc: number}[];
}

/** Images to choose by: in-distribution ones that are neither trained nor tested on, and no test set's others. */
export interface ValidationSets {
  inDistribution: ImageReadings;
  outOfDistribution: readonly ImageReadings[];
}

/** Every combination of the values, the first list changing slowest. */
export function combinations(grid: Record<string, readonly unknown[]>): Record<string, unknown>[] {
  return Object.entries(grid).reduce<Record<string, unknown>[]>(
    (all, [key, values]) => all.flatMap((one) => values.map((value) => ({...one, [key]: value}))),
    [{}],
  );
}

/**
 * The hyper-parameters with the best mean AUROC on the validation sets; of equals the first, in the order of the published
 * lists.
 *
 * @returns undefined for a kind without any
 */
export async function searchSettings(
  name: string,
  data: FitData,
  validation: ValidationSets,
  given: Record<string, unknown>,
  tools: DetectionTools,
): Promise<SearchResult | undefined> {
  const {search} = detectorKind(name);
  if (!search || validation.outOfDistribution.length === 0) return undefined;
  const free = Object.entries(search).filter(([key]) => !(key in given));
  if (free.length === 0) return undefined;
  const tried: SearchResult['tried'] = [];
  for (const values of combinations(Object.fromEntries(free) as Record<string, unknown[]>)) {
    const settings = {...given, ...values};
    const detector = await FittedDetector.fit(name, data, tools, {settings});
    const ins = await detector.score(validation.inDistribution, tools);
    const areas: number[] = [];
    for (const set of validation.outOfDistribution) areas.push(auroc(ins, await detector.score(set, tools)));
    tried.push({settings: values, auroc: areas.reduce((sum, area) => sum + area, 0) / areas.length});
  }
  const best = tried.reduce((a, b) => (b.auroc > a.auroc ? b : a));
  return {settings: {...given, ...best.settings}, tried};
}
