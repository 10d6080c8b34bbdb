import {open, readdir} from 'node:fs/promises';
import {basename, join} from 'node:path';
import {z} from 'zod';
import {checkJson} from '../data/files/json-file.js';
import {readJsonl} from '../data/files/jsonl.js';
import type {TrainingCurve, TrainingSeries} from '../report/report-data.js';

/** A line of a log of `synood train`; JSON has no NaN. */
const number = z
  .number()
  .nullable()
  .transform((value) => value ?? NaN);
const stepSchema = z.looseObject({
  step: z.number(),
  loss: number,
  learningRate: number.optional(),
  accuracy: number.optional(),
  gradientNorm: number.optional(),
  samplesPerSecond: number.optional(),
});
type Step = z.infer<typeof stepSchema>;

const TITLES: Record<string, string> = {
  projection: 'Image projection',
  labels: 'Negative labels',
  joint: 'Image projection and negative labels',
  clip: 'CLIP',
  clipn: 'CLIPN',
  'lsn-positive': 'LSN, positive prompts',
  'lsn-negative': 'LSN, negative prompts',
  classifier: 'Classifier',
  autoencoder: 'Autoencoder',
  denoiser: 'Denoiser',
};

/** Whether a file of JSON lines begins as a log does; run directories have others. */
async function isLog(path: string): Promise<boolean> {
  const file = await open(path).catch(() => undefined);
  if (!file) return false;
  try {
    const {buffer, bytesRead} = await file.read(Buffer.alloc(4096), 0, 4096, 0);
    const line = buffer.toString('utf8', 0, bytesRead).split('\n')[0]!;
    return stepSchema.safeParse(JSON.parse(line)).success;
  } catch {
    return false;
  } finally {
    await file.close();
  }
}

/** The training logs of a folder, sorted by name; none if it cannot be read. */
export async function findTrainingLogs(folder: string): Promise<string[]> {
  const entries = await readdir(folder, {withFileTypes: true}).catch(() => []);
  const paths = entries
    .filter((entry) => entry.isFile() && entry.name.endsWith('.jsonl'))
    .map(({name}) => join(folder, name))
    .sort();
  const logs: string[] = [];
  for (const path of paths) if (await isLog(path)) logs.push(path);
  return logs;
}

/** A series that every step has; none if a step lacks it. */
function series(
  steps: readonly Step[],
  key: 'accuracy' | 'learningRate' | 'gradientNorm' | 'samplesPerSecond',
) {
  const values = steps.flatMap((step) => step[key] ?? []);
  return values.length === steps.length ? values : undefined;
}

/** A log as curves. @throws SynoodError ERR_CONFIG naming the line that is no step */
export async function readTrainingLog(path: string): Promise<TrainingCurve> {
  const steps = (await readJsonl(path)).map((row, index) =>
    checkJson(stepSchema, row, `${path}, line ${index + 1}`, 'ERR_CONFIG'),
  );
  const name = basename(path, '.jsonl');
  const more: TrainingSeries = {
    accuracies: series(steps, 'accuracy'),
    learningRates: series(steps, 'learningRate'),
    gradientNorms: series(steps, 'gradientNorm'),
    samplesPerSecond: series(steps, 'samplesPerSecond'),
  };
  return {name, title: TITLES[name] ?? name, losses: steps.map(({loss}) => loss), more};
}
