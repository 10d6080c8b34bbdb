import {existsSync} from 'node:fs';
import {readFile, rm} from 'node:fs/promises';
import {join} from 'node:path';
import type {SchedulerSpec} from '../../binding/contract.js';
import {SynoodError} from '../../binding/errors.js';
import {contextPrompt} from '../../contexts/prompt.js';
import {writeFileAtomic} from '../../data/files/atomic-file.js';
import {hashFile} from '../../data/files/canonical-hash.js';
import {ImageFolderWriter} from '../../data/image-folder-writer.js';
import {readSchedulerConfig} from '../../models/scheduler-config.js';
import {SCHEDULER_NAMES} from '../../models/scheduler-names.js';
import {type SynthesisSample, Synthesizer} from '../../synthesis/synthesizer.js';
import {fillTemplate, textFeatures} from '../clip-features.js';
import {leaveOutImage} from '../read-images.js';
import {leaveOutSkipped, type RunContext} from '../run-context.js';
import {imageSetHash} from '../run-data.js';
import {PREVIEWS, previewFile, savePreviews} from '../previews.js';
import {sampleMasks} from '../sample-masks.js';
import {sampleFiles} from '../sample-names.js';
import type {Stage} from '../stage.js';
import {openTimes, TIMES} from '../sample-times.js';
import {readSynthetic, SYNTHETIC, type SyntheticRow} from '../synthetic-rows.js';
import {
  BOUNDARY,
  type BoundaryFile,
  calibrate,
  expectCalibratedModel,
  readBoundary,
  scoreTransform,
} from './boundary.js';
import {CONTEXTS, readContexts} from './contexts.js';
import {readSelection, SELECTION, type SelectedImage} from './select.js';

/** Which inputs the samples in an unfinished folder belong to. */
const INPUTS = '.inputs';

const finite = (value: number): number | null => (Number.isFinite(value) ? value : null);

/** The configured scheduler with the noise schedule of the inpainter's own. */
async function schedulerOf(run: RunContext, own: SchedulerSpec): Promise<SchedulerSpec> {
  const {synthesize} = run.config;
  const scheduler = synthesize.reference ? 'pndm' : synthesize.scheduler;
  if (scheduler === 'model') return own;
  const folder = join(run.models.folder('inpainter'), 'scheduler');
  const spec = await readSchedulerConfig(folder, {className: SCHEDULER_NAMES[scheduler]});
  // A DDIM file does not speak of PNDM's Runge-Kutta warm-up, which no Stable Diffusion takes.
  return {...spec, skipPrkSteps: true};
}

/** What the published run sets by itself. */
const PUBLISHED = [
  'objective',
  'gradient',
  'latentGradient',
  'stepRule',
  'stepSize',
  'maxIterations',
] as const;

/** CLIP's zero-shot logits over the class prompts. */
async function zeroShot(run: RunContext) {
  const model = await run.models.clip();
  const {classTemplate} = run.config.mine;
  const prompts = (await run.data.classes()).map(({name}) => fillTemplate(classTemplate, name));
  return {model, labelFeatures: await textFeatures(run, model, prompts)};
}

export async function makeSynthesizer(run: RunContext, boundary?: BoundaryFile): Promise<Synthesizer> {
  if (boundary) await expectCalibratedModel(run, boundary);
  const {config, models} = run;
  const {score, ...options} = config.synthesize;
  if (options.reference) for (const key of PUBLISHED) delete (options as Partial<typeof options>)[key];
  const inpainter = await models.inpainter();
  const side = options.imageSize ?? inpainter.unet.config.sampleSize * inpainter.vae.scaleFactor;
  return new Synthesizer({
    ...options,
    inpainter,
    ...(score === 'clip' ? {clip: await zeroShot(run)} : {classifier: await models.classifier()}),
    transform: await scoreTransform(run, side),
    scheduler: await schedulerOf(run, inpainter.scheduler),
    boundary: boundary?.boundary ?? 0,
    tolerance: boundary?.tolerance ?? 0,
    imageSize: side,
    seed: config.seed,
  });
}

/** What an interrupted run with the same inputs left, or an empty folder. */
async function openFolder(run: RunContext, inputHash: string): Promise<boolean> {
  const marker = run.directory.file(SYNTHETIC, INPUTS);
  const resumed = existsSync(marker) && (await readFile(marker, 'utf8')) === inputHash;
  if (!resumed) {
    await rm(run.directory.file(SYNTHETIC), {recursive: true, force: true});
    await rm(run.directory.file(PREVIEWS), {recursive: true, force: true});
    for (const file of [BOUNDARY, TIMES]) await rm(run.directory.file(file), {force: true});
    await writeFileAtomic(marker, inputHash);
  }
  return resumed;
}

function rowOf(
  sample: SynthesisSample,
  input: SelectedImage & {contexts: string[]; prompt: string},
  file: string,
  {boundary, tolerance}: BoundaryFile,
  before: number | undefined,
): Omit<SyntheticRow, 'file_name'> {
  return {
    id: file.replace(/\.png$/, ''),
    class: input.class,
    source: sample.id,
    contexts: input.contexts,
    prompt: input.prompt,
    seed: String(sample.seed),
    score_before: before ?? null,
    trajectory: sample.trajectory.map(finite),
    score: finite(sample.score),
    boundary,
    tolerance,
    accepted: sample.accepted,
    reason: sample.reason,
    iterations: sample.iterations,
    attempts: sample.attempts,
    step_sizes: sample.stepSizes.map(finite),
    gradient_norms: sample.gradientNorms.map(finite),
    ...(sample.previews.length > 0 && {previews: previewFile(file)}),
  };
}

async function synthesizeAll(
  run: RunContext,
  synthesizer: Synthesizer,
  selection: SelectedImage[],
  boundary: BoundaryFile,
): Promise<void> {
  const contexts = await readContexts(run);
  const {prompt: template, contextLength, negativePrompt} = run.config.synthesize;
  const files = sampleFiles(selection);
  const writer = await ImageFolderWriter.open(run.directory.file(SYNTHETIC));
  const times = await openTimes(run);
  const maskOf = await sampleMasks(run);
  const inputs = new Map(
    selection.flatMap((image) => {
      const words = contexts.get(image.id);
      if (words === undefined) return [];
      const prompt = contextPrompt(template, words, contextLength);
      return [[image.id, {...image, contexts: words, prompt}] as const];
    }),
  );
  const open = [...inputs.values()].filter(({id}) => !writer.has(files.get(id)!));
  const scores = new Map(boundary.selection.map(({id, score}) => [id, score]));
  const before = inputs.size - open.length;
  const save = async (sample: SynthesisSample): Promise<void> => {
    const file = files.get(sample.id)!;
    const row = rowOf(sample, inputs.get(sample.id)!, file, boundary, scores.get(sample.id));
    await savePreviews(run, file, sample.previews);
    await times.append({id: row.id, seconds: sample.seconds});
    await writer.add(file, sample.image, row);
  };
  let writing = Promise.resolve();
  try {
    const samples = synthesizer.run(
      open.map((chosen) => ({
        id: chosen.id,
        image: chosen.path,
        prompt: chosen.prompt,
        negativePrompt,
        mask: maskOf(chosen),
      })),
      {
        signal: run.signal,
        onProgress: ({done, iterations}) =>
          run.progress(before + done, inputs.size, `batch iteration ${iterations}`),
        onBadImage: (id, error) => leaveOutImage(run, 'inDistribution', id, error),
      },
    );
    run.progress(before, inputs.size);
    let made = before;
    for await (const sample of samples) {
      const {accepted, score} = sample;
      run.progress(++made, inputs.size, undefined, {accepted, score: finite(score)});
      // The disk works while the next iteration is computed.
      await writing;
      writing = save(sample);
      writing.catch(() => undefined);
    }
    await writing;
  } catch (thrown) {
    await writing.catch(() => undefined);
    await writer.close();
    throw thrown;
  } finally {
    await times.close();
  }
  if (writer.rows.size === 0) {
    await writer.close();
    throw new SynoodError(
      'ERR_CONFIG',
      'None of the chosen images can be read; there is nothing to synthesise.',
    );
  }
  await writer.finish();
}

/** Near-boundary images, one from each chosen image (SynOOD, section 3.2). */
export const synthesize: Stage = {
  name: 'synthesize',
  outputs: [BOUNDARY, join(SYNTHETIC, 'metadata.jsonl')],
  portable: [BOUNDARY, SYNTHETIC, PREVIEWS, TIMES],

  async inputs({config, data, models, directory}) {
    return {
      synthesize: config.synthesize,
      seed: config.seed,
      device: config.engine.device ?? 'auto',
      dtype: config.engine.dtype ?? 'float32',
      // Sums are split among threads, so another number of them rounds otherwise.
      threads: config.engine.threads ?? 'all',
      selection: await hashFile(directory.file(SELECTION)),
      contexts: await hashFile(directory.file(CONTEXTS)),
      calibration: await imageSetHash((await data.calibration()).items),
      inpainter: await models.fingerprint('inpainter'),
      classifier: await models.fingerprint(config.synthesize.score),
      // CLIP's logits are those of the class prompts.
      ...(config.synthesize.score === 'clip'
        ? {template: config.mine.classTemplate, classes: await data.classes()}
        : {}),
      scores: config.engine.batchSize,
      ...(config.synthesize.mask === 'subject'
        ? {masks: await models.fingerprint('clip'), names: await data.classes()}
        : {}),
    };
  },

  async run(run, inputHash) {
    const selection = await readSelection(run);
    leaveOutSkipped(run, 'calibration', (await run.data.calibration()).skipped);
    const resumed = await openFolder(run, inputHash);
    const calibrated = resumed && existsSync(run.directory.file(BOUNDARY));
    const boundary = calibrated
      ? await readBoundary(run)
      : await calibrate(run, selection, await makeSynthesizer(run));
    await synthesizeAll(run, await makeSynthesizer(run, boundary), selection, boundary);
    const rows = await readSynthetic(run);
    await Promise.all([run.models.release('inpainter'), run.models.release('classifier')]);
    return {
      made: rows.length,
      accepted: rows.filter(({accepted}) => accepted).length,
      boundary: boundary.boundary,
      tolerance: boundary.tolerance,
    };
  },
};
