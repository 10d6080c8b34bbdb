import {existsSync} from 'node:fs';
import {mkdir} from 'node:fs/promises';
import {dirname} from 'node:path';
import {z} from 'zod';
import type {TrainingFigures} from '../binding/contract.js';
import {checkJson} from '../data/files/json-file.js';
import {JsonlWriter, readJsonl, writeJsonl} from '../data/files/jsonl.js';

/** One step of a training, a line of its log. */
export const stepSchema = z.strictObject({
  step: z.number(),
  loss: z.number(),
  learningRate: z.number(),
  /** of the batch */
  accuracy: z.number().optional(),
  gradientNorm: z.number(),
  /** of the steps that were computed together */
  samplesPerSecond: z.number(),
});
export type TrainingStep = z.infer<typeof stepSchema>;

const round = (value: number): number => Number(value.toPrecision(4));

export function stepsOf(
  {losses, learningRates, accuracies, gradientNorms}: TrainingFigures,
  first: number,
  samplesPerSecond: number,
): TrainingStep[] {
  return losses.map((loss, at) => ({
    step: first + at,
    loss,
    learningRate: learningRates[at]!,
    ...(Number.isNaN(accuracies[at]) ? {} : {accuracy: accuracies[at]!}),
    gradientNorm: gradientNorms[at]!,
    samplesPerSecond: round(samplesPerSecond),
  }));
}

/** The steps of a log. @throws SynoodError ERR_CONFIG naming a line that is none */
export async function readCurves(path: string): Promise<TrainingStep[]> {
  return (await readJsonl(path)).map((row, at) =>
    checkJson(stepSchema, row, `${path}, line ${at + 1}`, 'ERR_CONFIG'),
  );
}

/** Opens a log to go on after `done` steps: what an interrupted run wrote beyond its last checkpoint goes. */
export async function openCurves(path: string, done: number): Promise<JsonlWriter> {
  await mkdir(dirname(path), {recursive: true});
  if (existsSync(path)) {
    // Mends a line that was cut off.
    await (await JsonlWriter.open(path)).close();
    const rows = await readCurves(path);
    const kept = rows.filter(({step}) => step < done);
    if (kept.length < rows.length) await writeJsonl(path, kept);
  }
  return JsonlWriter.open(path);
}
