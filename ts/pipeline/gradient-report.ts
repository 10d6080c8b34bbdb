import {contextPrompt} from '../contexts/prompt.js';
import {SynoodError} from '../binding/errors.js';
import type {Engine} from '../models/engine.js';
import {type GradientMethodName, type MeasuredGradient, methodOf} from '../synthesis/gradient-methods.js';
import type {SynthesisInput} from '../synthesis/synthesizer.js';
import type {RunConfig} from './config/schema.js';
import type {RunContext} from './run-context.js';
import {lookAtRun} from './look-at-run.js';
import {readBoundary} from './stages/boundary.js';
import {readContexts} from './stages/contexts.js';
import {readSelection} from './stages/select.js';
import {makeSynthesizer} from './stages/synthesize.js';

export interface GradientReportOptions {
  /** a run directory whose synthesis is done: its images, prompts and boundary are taken */
  out: string;
  /** images in place of the run's chosen ones */
  images?: readonly string[];
  /** at most so many of the chosen images; default 4 */
  limit?: number;
  /** how far into the noise each comparison starts; default 0.2, 0.4, 0.6 */
  strengths?: readonly number[];
  /** default skip, skip*, truncated-1, truncated-3, exact */
  methods?: readonly GradientMethodName[];
  /** rms of the step, in units of the noise; default 0.2 */
  stepSize?: number;
  signal?: AbortSignal;
  onProgress?: (done: number, total: number) => void;
  engine?: Engine;
}

export interface GradientRow extends MeasuredGradient {
  strength: number;
}

/** Medians over the images, of one strength and method. */
export interface GradientSummary {
  strength: number;
  method: GradientMethodName;
  images: number;
  cosine: number;
  normRatio: number;
  /** of the score, by the step */
  change: number;
  /** share of the images whose loss the step made smaller */
  improved: number;
}

export interface GradientReport {
  boundary: number;
  stepSize: number;
  rows: GradientRow[];
  summary: GradientSummary[];
}

const DEFAULT_METHODS = ['skip', 'skip*', 'truncated-1', 'truncated-3', 'exact'];
const DEFAULT_STRENGTHS = [0.2, 0.4, 0.6];

/** Of the numbers that are some; NaN without any. */
export function median(values: readonly number[]): number {
  const sorted = values.filter((value) => !Number.isNaN(value)).sort((a, b) => a - b);
  if (sorted.length === 0) return NaN;
  return (sorted[Math.floor((sorted.length - 1) / 2)]! + sorted[Math.ceil((sorted.length - 1) / 2)]!) / 2;
}

export function summarise(rows: readonly GradientRow[]): GradientSummary[] {
  const groups = new Map<string, GradientRow[]>();
  for (const row of rows) {
    const key = `${row.strength} ${row.method}`;
    groups.set(key, [...(groups.get(key) ?? []), row]);
  }
  return [...groups.values()].map((group) => ({
    strength: group[0]!.strength,
    method: group[0]!.method,
    images: group.length,
    cosine: median(group.map(({cosine}) => cosine)),
    normRatio: median(group.map(({normRatio}) => normRatio)),
    change: median(group.map(({score, scoreAfter}) => scoreAfter - score)),
    improved: group.filter(({loss, lossAfter}) => lossAfter < loss).length / group.length,
  }));
}

async function inputsOf(
  run: RunContext,
  {images, limit = 4}: GradientReportOptions,
): Promise<SynthesisInput[]> {
  const {prompt, contextLength, negativePrompt} = run.config.synthesize;
  const promptOf = (words: readonly string[]) => contextPrompt(prompt, words, contextLength);
  if (images?.length)
    return images.map((path) => ({id: path, image: path, prompt: promptOf([]), negativePrompt}));
  const contexts = await readContexts(run);
  const chosen = (await readSelection(run)).filter(({id}) => contexts.has(id)).slice(0, limit);
  return chosen.map(({id, path}) => ({id, image: path, prompt: promptOf(contexts.get(id)!), negativePrompt}));
}

/**
 * What no paper on the skip gradient shows: for a run's models and images, and for each start of the denoising, how the
 * skip and truncated gradients stand to the exact one, and what a step along each does to the score.
 *
 * @throws SynoodError ERR_CONFIG if the run has no boundary yet, or a method is unknown
 */
export async function reportGradients(
  config: RunConfig,
  options: GradientReportOptions,
): Promise<GradientReport> {
  const {out, signal, strengths = DEFAULT_STRENGTHS, methods = DEFAULT_METHODS, stepSize = 0.2} = options;
  methods.forEach(methodOf);
  const run = await lookAtRun(config, out, {signal, engine: options.engine});
  const whole = run.config;
  try {
    const boundary = await readBoundary(run);
    const inputs = await inputsOf(run, options);
    if (inputs.length === 0)
      throw new SynoodError('ERR_CONFIG', 'Expected images to compare gradients on, found none.');
    const rows: GradientRow[] = [];
    for (const strength of strengths) {
      const started = {...whole, synthesize: {...whole.synthesize, strength}};
      const synthesizer = await makeSynthesizer({...run, config: started}, boundary);
      for await (const row of synthesizer.compareGradients(inputs, methods, {stepSize, signal})) {
        rows.push({strength, ...row});
        options.onProgress?.(rows.length, strengths.length * inputs.length * methods.length);
      }
    }
    return {boundary: boundary.boundary, stepSize, rows, summary: summarise(rows)};
  } finally {
    await run.models.dispose();
  }
}
