import {join} from 'node:path';
import {z} from 'zod';
import {SynoodError} from '../../binding/errors.js';
import {hashFile} from '../../data/files/canonical-hash.js';
import {readJson} from '../../data/files/json-file.js';
import {Classifier} from '../../models/classifier.js';
import {modelFingerprint} from '../../models/model-fingerprint.js';
import {IMAGENET_V2_PREPROCESSING, readPreprocessorConfig} from '../../models/preprocessor-config.js';
import {parseResnetConfig} from '../../models/resnet-config.js';
import {saveModel} from '../../models/save-model.js';
import {writeSafetensors} from '../../models/weights/safetensors.js';
import {readLabelled} from '../samples/features.js';
import {labelledImages, readableName} from '../samples/labelled-images.js';
import {imagesHash} from '../samples/images-hash.js';
import {pixelSource} from '../samples/pixels.js';
import {checkLabels, integers, memorySource, named} from '../samples/source.js';
import {Trainer} from '../trainer.js';
import {copyBeside} from './clip.js';
import {
  at,
  expectOne,
  type JobContext,
  type JobOutcome,
  runFit,
  type TrainingJob,
  withTrained,
} from './job.js';
import {augmentationSchema, commonShape, count, path, trainerOptions} from './settings.js';

const schema = z.strictObject({
  ...commonShape({
    epochs: 30,
    batchSize: 64,
    optimizer: {kind: 'sgd', learningRate: 0.1, momentum: 0.9, weightDecay: 1e-4, warmupSteps: 50},
  }),
  model: path.optional().describe('a ResNet folder'),
  start: z
    .enum(['weights', 'scratch'])
    .default('weights')
    .describe('fine-tune its weights, or draw fresh ones for the classes of the images'),
  images: path.optional().describe('a folder for each class'),
  augmentation: augmentationSchema,
  features: path
    .optional()
    .describe('instead of model and images: features (N, F) and labels (N), for a linear classifier on them'),
  classes: count.optional().describe('with features: how many'),
  labelSmoothing: z.number().min(0).lt(1).default(0),
});
type Settings = z.output<typeof schema>;

async function onFeatures(settings: Settings, context: JobContext): Promise<JobOutcome> {
  const file = at(context, settings.features!);
  const data = await readLabelled(file);
  const labels = settings.classes ?? Math.max(...data.labels) + 1;
  checkLabels(
    data.labels,
    Array.from({length: labels}, (_, label) => `class ${label}`),
  );
  const width = data.features.shape[1]!;
  const source = memorySource(data.labels.length, {features: data.features, labels: integers(data.labels)});
  const options = {...trainerOptions(settings, source.count), labelSmoothing: settings.labelSmoothing};
  using trainer = await Trainer.linear(context.engine, {width, labels}, options);
  const inputs = await hashFile(file);
  const plan = {training: 'classifier', name: 'classifier', trainer, source, settings, inputs};
  const fitted = await runFit(plan, context);
  const out = at(context, settings.out);
  const result = (await trainer.result()).map(({name, tensor}) => [name, tensor] as const);
  await writeSafetensors(join(out, 'classifier.safetensors'), Object.fromEntries(result));
  const files = ['classifier.safetensors', 'classifier.jsonl'];
  return {out, files, trainings: {classifier: fitted}, leftOut: []};
}

/** The folder's config.json with the classes of the images. */
function withClasses(config: object, names: readonly string[]): object {
  return {
    ...config,
    num_labels: names.length,
    id2label: Object.fromEntries(names.map((name, label) => [label, name])),
    label2id: Object.fromEntries(names.map((name, label) => [name, label])),
  };
}

async function openModel(settings: Settings, names: readonly string[], folder: string, context: JobContext) {
  const config = (await readJson(join(folder, 'config.json'), 'ERR_MODEL_FORMAT')) as object;
  if (settings.start === 'scratch') {
    const own = withClasses(config, names);
    return {
      model: await Classifier.create(context.engine, parseResnetConfig(own), settings.seed),
      config: own,
    };
  }
  const model = await Classifier.load(context.engine, folder);
  const {numLabels} = model.config;
  if (numLabels === names.length) return {model, config};
  model.dispose();
  throw new SynoodError(
    'ERR_CONFIG',
    `The model tells ${numLabels} classes apart, ${settings.images} has ${names.length}. Give as many folders, or "start": "scratch".`,
  );
}

async function onImages(settings: Settings, context: JobContext): Promise<JobOutcome> {
  const folder = at(context, settings.model!);
  const {classes, items, leftOut} = await labelledImages(at(context, settings.images!));
  const names = classes.map(readableName);
  const {model, config} = await openModel(settings, names, folder, context);
  using held = model;
  const preprocessing = (await readPreprocessorConfig(folder)) ?? IMAGENET_V2_PREPROCESSING;
  const labels = items.map(({className}) => classes.indexOf(className));
  const files = items.map(({path: file}) => file);
  const {
    source,
    kept,
    leftOut: unreadable,
  } = await pixelSource(files, {
    preprocessing,
    beside: (rows, samples) => named({labels: integers(samples.map((sample) => labels[rows[sample]!]!))}),
    memory: context.pixelMemory,
    signal: context.signal,
    onPrepare: context.onPrepare,
  });
  checkLabels(
    kept.map((row) => labels[row]!),
    names,
  );
  const {mean, std} = preprocessing;
  using trainer = await Trainer.classifier(context.engine, held, {
    ...trainerOptions(settings, source.count),
    mean,
    std,
    augmentation: settings.augmentation,
    labelSmoothing: settings.labelSmoothing,
  });
  const data = {names, labels, images: await imagesHash(files, context.signal)};
  const inputs = {data, model: await modelFingerprint(folder)};
  const plan = {training: 'classifier', name: 'classifier', trainer, source, settings, inputs};
  const fitted = await runFit(plan, context);
  const out = at(context, settings.out);
  const state = withTrained(await held.state(), await trainer.result());
  await saveModel(join(out, 'model'), config, state, 'model');
  await copyBeside(folder, join(out, 'model'));
  const made = ['model/', 'classifier.jsonl'];
  return {out, files: made, trainings: {classifier: fitted}, leftOut: [...leftOut, ...unreadable]};
}

export const classifier: TrainingJob<Settings> = {
  name: 'classifier',
  about: 'an image classifier (model/), or a linear one on frozen features (classifier.safetensors)',
  schema,
  example: {out: 'runs/classifier', model: 'resnet-50', start: 'scratch', images: 'images', epochs: 30},
  run(settings, context) {
    expectOne({features: settings.features, images: settings.images});
    if (settings.features !== undefined) return onFeatures(settings, context);
    if (settings.model === undefined) {
      throw new SynoodError('ERR_CONFIG', 'Expected "model", a ResNet folder, beside "images".');
    }
    return onImages(settings, context);
  },
};
