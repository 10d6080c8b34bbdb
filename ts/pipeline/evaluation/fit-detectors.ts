import {existsSync} from 'node:fs';
import {join} from 'node:path';
import {z} from 'zod';
import {messageOf, SynoodError} from '../../binding/errors.js';
import {writeFileAtomic} from '../../data/files/atomic-file.js';
import {hashFile, hashJson} from '../../data/files/canonical-hash.js';
import {checkJson, readJson} from '../../data/files/json-file.js';
import type {DetectionTools} from '../../detection/compute.js';
import {DETECTOR_JSON, type ModelReference} from '../../detection/detector-folder.js';
import {FittedDetector} from '../../detection/fitted-detector.js';
import {type FitData, missingOf} from '../../detection/kind.js';
import {type AnyDetectorKind, detectorKind, detectorKinds} from '../../detection/registry.js';
import {modelFingerprint} from '../../models/model-fingerprint.js';
import type {RunConfig} from '../config/schema.js';
import {NEGATIVES} from '../negatives.js';
import type {RunContext} from '../run-context.js';
import {imageSetHash} from '../run-data.js';
import {searchSettings, type SearchResult, type ValidationSets} from './search.js';

/** Of the run directory: a folder for each detector that was fitted. */
export const DETECTORS = 'detectors';

/** The kinds that a configuration names, in the order of the tables. @throws SynoodError ERR_CONFIG on a strange name */
export function chosenKinds({detectors}: RunConfig['evaluate']): AnyDetectorKind[] {
  const names = new Set(detectors.map((name) => (name === 'all' ? 'all' : detectorKind(name).name)));
  return detectorKinds.filter(({name}) => names.has('all') || names.has(name));
}

/** Whether any of them needs what the run's earlier stages train. */
export const needsTraining = (kinds: readonly AnyDetectorKind[]): boolean =>
  kinds.some(({needs}) => needs.includes('trainedSides'));

/** What the configuration says of a detector, its older keys among it. */
export function givenSettings({evaluate}: RunConfig, kind: AnyDetectorKind): Record<string, unknown> {
  const own = evaluate.settings[kind.name] ?? {};
  if (kind.needs.includes('negativeLabels')) {
    return {groups: evaluate.groups, temperature: evaluate.temperature, ...own};
  }
  if (kind.name !== 'mcm') return own;
  const temperature = evaluate.search ? {} : {temperature: evaluate.mcmTemperature};
  return {template: evaluate.mcmTemplate, ...temperature, ...own};
}

const recordSchema = z.strictObject({
  key: z.string(),
  tried: z.array(z.strictObject({settings: z.record(z.string(), z.unknown()), auroc: z.number()})),
});

export interface FittedOne {
  detector: FittedDetector;
  search?: SearchResult['tried'];
}

/** All that a fitted detector depends on. */
async function keyOf(run: RunContext, kind: AnyDetectorKind): Promise<string> {
  const {config, data, models, directory} = run;
  const hashIf = async (file: string) => (existsSync(file) ? hashFile(file) : null);
  return hashJson({
    format: 1,
    kind: kind.name,
    settings: givenSettings(config, kind),
    search: config.evaluate.search && kind.search !== undefined,
    seed: config.seed,
    batchSize: config.engine.batchSize,
    classes: await data.classes(),
    train: await imageSetHash((await data.train()).items),
    validation: config.evaluate.search
      ? await Promise.all((await data.outValidationSets()).map(({items}) => imageSetHash(items)))
      : null,
    calibration: await imageSetHash((await data.calibration()).items),
    clip: kind.reads.includes('clip') ? await models.fingerprint('clip') : null,
    classifier: kind.reads.includes('classifier') ? await models.fingerprint('classifier') : null,
    negatives: kind.needs.includes('negativeLabels') ? await hashIf(directory.file(NEGATIVES)) : null,
    trained: kind.needs.includes('trainedSides')
      ? await hashIf(directory.file('detector', 'detector.safetensors'))
      : null,
    clipn:
      kind.needs.includes('negatedConcepts') && config.evaluate.clipn !== undefined
        ? await modelFingerprint(config.evaluate.clipn)
        : null,
    lsn:
      kind.needs.includes('learnedPrompts') && config.evaluate.lsn !== undefined
        ? await hashFile(config.evaluate.lsn)
        : null,
    renders: kind.needs.includes('render') ? await models.fingerprint('inpainter') : null,
  });
}

/** The detector of an earlier evaluation, if it was fitted from the same things and is whole. */
async function fittedBefore(folder: string, key: string): Promise<FittedOne | undefined> {
  const file = join(folder, 'fit.json');
  if (!existsSync(file) || !existsSync(join(folder, DETECTOR_JSON))) return undefined;
  try {
    const record = checkJson(recordSchema, await readJson(file, 'ERR_CONFIG'), file, 'ERR_CONFIG');
    if (record.key !== key) return undefined;
    return {detector: await FittedDetector.load(folder), search: record.tried};
  } catch (error) {
    // Damaged: it is fitted again.
    if (error instanceof SynoodError && error.code !== 'ERR_IO') return undefined;
    throw error;
  }
}

async function modelReferences(
  {models}: RunContext,
  kind: AnyDetectorKind,
): Promise<Record<string, ModelReference>> {
  const all: Record<string, ModelReference> = {};
  for (const name of kind.reads) {
    const head = models.head(name);
    const fingerprint = await models.fingerprint(name);
    all[name] = {reference: models.reference(name), ...(head && {head}), fingerprint};
  }
  return all;
}

/**
 * Fits the detectors that the configuration names, or takes those of an earlier evaluation. One that cannot be fitted is told
 * with its reason, and the rest goes on.
 *
 * @param parts  made when the first detector has to be fitted
 */
export async function fitDetectors(
  run: RunContext,
  tools: DetectionTools,
  parts: () => Promise<{data: FitData; validation: ValidationSets}>,
): Promise<FittedOne[]> {
  const all: FittedOne[] = [];
  const kinds = chosenKinds(run.config.evaluate);
  for (const [at, kind] of kinds.entries()) {
    run.progress(at, kinds.length, `fit ${kind.title}`);
    const folder = run.directory.file(DETECTORS, kind.name);
    try {
      const key = await keyOf(run, kind);
      const before = await fittedBefore(folder, key);
      if (before) {
        all.push(before);
        continue;
      }
      const {data, validation} = await parts();
      const missing = missingOf(kind, data);
      if (missing !== undefined) {
        run.leaveOut(`detector: ${kind.title}`, missing);
        continue;
      }
      const given = givenSettings(run.config, kind);
      const search = run.config.evaluate.search
        ? await searchSettings(kind.name, data, validation, given, tools)
        : undefined;
      const detector = await FittedDetector.fit(kind.name, data, tools, {
        settings: search?.settings ?? given,
        models: await modelReferences(run, kind),
      });
      await detector.calibrate(validation.inDistribution, tools);
      await detector.save(folder);
      const record = {key, tried: search?.tried ?? []};
      await writeFileAtomic(join(folder, 'fit.json'), `${JSON.stringify(record, null, 2)}\n`);
      all.push({detector, search: record.tried});
    } catch (error) {
      if (!(error instanceof SynoodError) || error.code === 'ERR_ABORTED') throw error;
      run.leaveOut(`detector: ${kind.title}`, messageOf(error));
    }
  }
  return all;
}
